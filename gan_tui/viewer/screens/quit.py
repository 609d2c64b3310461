"""What is to become of the training: stop with a checkpoint, leave it running, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gan_tui.link.commands import Stop
from gan_tui.render.numbers import count, duration
from gan_tui.viewer.actions import leave
from gan_tui.viewer.death import seconds_since
from gan_tui.viewer.screens.dialog import Dialog
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.rows import Row, fitted, row

_NAME: Final = 7
"""Column where a choice's name begins."""
_WORDS: Final = 31
"""Column where the words about it begin, if they fit beside it."""


@dataclass(frozen=True)
class Choice:
    """One row of the dialog: its key, its name, what it does and what can be done later."""

    key: str
    name: str
    does: str
    later: str


def choices(snapshot: Snapshot) -> tuple[Choice, ...]:
    """What can be chosen now."""
    stays = "only this window closes"
    if snapshot.state == "PAUSED":
        stays += "; it stays paused"
    return (
        Choice(
            "s",
            "Stop with a checkpoint",
            "saves now and ends the trainer;",
            f"later:  gan-tui --resume {snapshot.run}",
        ),
        Choice("b", "Leave it running", f"{stays};", f"later:  gan-tui attach {snapshot.run}"),
        Choice("esc", "Cancel", "", ""),
    )


def age(snapshot: Snapshot) -> str:
    """How old the last checkpoint is: steps, and seconds of training."""
    status, step = snapshot.status, leave.step_of(snapshot)
    if status is None or status.checkpoint is None:
        return "There is no checkpoint yet."
    old = max(0, step - status.checkpoint_step)
    if old == 0:
        return "The last checkpoint is of this step."
    steps = f"{count(old)} step{'' if old == 1 else 's'} old"
    seconds = seconds_since(snapshot, status.checkpoint_step)
    return f"The last checkpoint is {steps}{'' if seconds is None else f' ({duration(seconds)})'}."


def _beside(offered: tuple[Choice, ...], width: int) -> bool:
    """Whether what choices do fits beside their names."""
    return all(len(words) <= width - _WORDS for choice in offered for words in (choice.does, choice.later))


def _choice_rows(choice: Choice, view: ViewOptions, width: int, *, chosen: bool) -> list[Row]:
    """One choice, with an empty row below where it says what can be done later."""
    ground = "select" if chosen else "lift"
    style = view.look.style
    plain, strong, dim = style("text", ground), style("text", ground, bold=True), style("dim", ground)
    mark = row((view.look.glyphs.chosen if chosen else " ", plain))
    name = row(
        (f"{choice.key:>4}  ", strong), (f"{choice.name:<{_WORDS - _NAME}}", strong if chosen else plain)
    )
    words = [view.look.text(text) for text in (choice.does, choice.later) if text]
    if _beside((choice,), width):
        first, *others = words or [""]
        rows = [[*mark, *name, *row((first, dim))]]
        rows += [[*mark, *row((" " * (_WORDS - 1) + text, dim))] for text in others]
    else:
        rows = [[*mark, *name], *([*mark, *row((" " * (_NAME - 1) + text, dim))] for text in words)]
    filled = [fitted(line, width, plain) for line in rows]
    return [*filled, []] if choice.later else filled


class Quit(Dialog):
    """The quit dialog. Its letters act at once, arrows and enter too; the training goes on meanwhile."""

    title_words = "Quit"
    wanted = (76, 11)
    _chosen = 0
    _saving = False

    def note(self, snapshot: Snapshot) -> str:
        """That nothing waits for the answer."""
        if self._saving:
            return ""
        return {
            "PAUSED": "training is paused",
            "FINISHED": "training has finished",
            "WARMING UP": "the trainer is starting",
            "DETACHED": "the trainer does not answer",
        }.get(snapshot.state, "training goes on meanwhile")

    def content(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:  # noqa: ARG002 - Dialog's
        """The checkpoint's age and the choices, or how far the saving is."""
        style, glyphs = view.look.style, view.look.glyphs
        if self._saving:
            step = count(leave.step_of(snapshot))
            return [
                row((f"saving step {step} {glyphs.more}", style("text", "lift", bold=True))),
                [],
                row(("The window closes when the file is whole.", style("dim", "lift"))),
                row(("esc", style("text", "lift", bold=True)), ("  do not wait", style("dim", "lift"))),
            ]
        out = [row((age(snapshot), style("dim", "lift"))), []]
        for index, choice in enumerate(choices(snapshot)):
            out += _choice_rows(choice, view, width, chosen=index == self._chosen)
        return out

    def size_for(self, columns: int) -> tuple[int, int]:
        """Taller where the words about a choice stand below its name."""
        width, height = self.wanted
        inside = min(width, columns) - 4
        return (width, height) if _beside(choices(self.viewer.shown), inside) else (width, height + 2)

    async def press(self, key: str) -> None:
        """Letters act at once; arrows choose, enter takes what is chosen."""
        if self._saving:
            return
        names = [choice.key for choice in choices(self.viewer.shown)]
        if key in {"up", "down"}:
            self._chosen = (self._chosen + (1 if key == "down" else -1)) % len(names)
            return
        letter = names[self._chosen] if key == "enter" else key
        if letter == "s":
            self._saving = True
            self.viewer.send(Stop(save=True))
        elif letter == "b":
            self.viewer.leave(leave.goes_on(self.viewer.shown))
        elif letter == "esc":
            await self.close()

    def follow(self) -> None:
        """Close the window when the trainer has ended; go away when there is nothing to ask any more."""
        snapshot = self.viewer.shown
        if self._saving:
            if not snapshot.alive and snapshot.state in {"STOPPED", "FINISHED"}:
                self.viewer.leave(leave.last_words(snapshot))
                return
            if snapshot.alive and not snapshot.saving:
                self._saving = False
        if snapshot.state == "TRAINER DIED" and self.is_current:
            self.dismiss()
            return
        super().follow()
