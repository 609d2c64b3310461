"""Every key, once: the bindings, the footer, the help panel, the palette and the documents follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.binding import Binding

from gan_tui.render.numbers import count
from gan_tui.viewer.actions import chart, checkpoints, died, leave, look, panes, samples, steer, training
from gan_tui.viewer.actions.conditions import (
    Condition,
    Viewer,
    always,
    can_resume,
    died_only,
    living,
    losses_in_sight,
    pausable,
    paused,
    something_to_close,
    steerable,
    suspendable,
    trainer_lives,
)
from gan_tui.viewer.view_options import FooterKey

if TYPE_CHECKING:
    from gan_tui.link.messages import Player
    from gan_tui.viewer.snapshot import Snapshot
    from gan_tui.viewer.view_options import ViewOptions

GROUPS: Final = ("TRAIN", "STEER", "KEEP", "SEE", "LEAVE")
"""Headings of the help panel, in order."""
Words = Callable[["Snapshot", "ViewOptions"], str]
Shown = Callable[["Snapshot", "ViewOptions"], bool]


@dataclass(frozen=True)
class Hint:
    """How a key stands in the footer.

    Attributes:
        words: text after the key, or a function of the moment. short: the same where there is little room.
        drop: what does not fit is dropped from the highest number down; 0 stays.
        shown: when it stands there at all. player: whose colour the key wears.
    """

    words: str | Words
    drop: int
    shown: Shown
    short: str = ""
    player: Player = ""


@dataclass(frozen=True)
class Key:
    """One binding.

    Attributes:
        id: what a keymap calls it. keys: Textual's names, comma-separated.
        does: what it does, for tooltip, palette and help. group: heading in the help panel.
        do: the action. when: None if it works now, else why it does not (empty: it is merely of no use now).
        hint: its place in the footer, or None.
    """

    id: str
    keys: str
    does: str
    group: str
    do: Callable[[Viewer], None]
    when: Condition = always
    hint: Hint | None = None


def _state(*states: str) -> Shown:
    return lambda snapshot, view: snapshot.state in states and view.maximised != "losses"


def _moving(snapshot: Snapshot, view: ViewOptions) -> bool:
    return snapshot.state in {"TRAINING", "DETACHED"} and view.maximised != "losses"


def _chart(_snapshot: Snapshot, view: ViewOptions) -> bool:
    return view.maximised == "losses"


def _anywhere(_snapshot: Snapshot, _view: ViewOptions) -> bool:
    return True


def _space(snapshot: Snapshot, _view: ViewOptions) -> str:
    return {"PAUSED": "resume", "FINISHED": "more steps"}.get(snapshot.state, "pause")


def _can_space(snapshot: Snapshot, _view: ViewOptions) -> bool:
    return snapshot.state in {"TRAINING", "PAUSED", "FINISHED"}


def _ema(snapshot: Snapshot, _view: ViewOptions) -> str:
    return "raw G" if snapshot.status is None or snapshot.status.showing_ema else "EMA of G"


def _resume(snapshot: Snapshot, _view: ViewOptions) -> str:
    death, status = snapshot.death, snapshot.status
    if death is not None:
        return "start again" if death.safe is None else f"resume from step {count(death.safe_step)}"
    if status is not None and status.checkpoint is not None:
        return f"resume from step {count(status.checkpoint_step)}"
    return "start again"


_RESUMABLE = ("TRAINER DIED", "STOPPED")
KEYS: Final[tuple[Key, ...]] = (
    Key("run.resume", "r", "resume from the last checkpoint (trainer died)", "TRAIN", died.resume, can_resume,
        Hint(_resume, 0, _state(*_RESUMABLE))),
    Key("run.log", "o", "open the trainer's log (trainer died)", "TRAIN", died.log, died_only,
        Hint("open the log", 3, _state("TRAINER DIED"))),
    Key("chart.log", "l", "losses on a log scale", "SEE", chart.log, losses_in_sight,
        Hint("log scale", 1, _chart)),
    Key("chart.smooth", "a", "smoothing of the losses (average)", "SEE", chart.smooth, losses_in_sight,
        Hint("smoothing", 1, _chart)),
    Key("pane.back", "escape", "close a dialog, leave a full pane", "SEE", panes.back, something_to_close,
        Hint("back", 0, lambda _s, v: v.maximised is not None)),
    Key("run.pause", "space", "pause, resume", "TRAIN", training.pause, pausable,
        Hint(_space, 0, _can_space)),
    Key("run.step", "n", "next iteration (paused)", "TRAIN", training.step, paused,
        Hint("next iteration", 1, _state("PAUSED"), "next")),
    Key("run.step_d", "e", "one D step (paused)", "TRAIN", training.step_d, paused,
        Hint("one D step", 2, _state("PAUSED"), "D step", "D")),
    Key("run.step_g", "t", "one G step (paused)", "TRAIN", training.step_g, paused,
        Hint("one G step", 2, _state("PAUSED"), "G step", "G")),
    Key("steer.previous", "up", "choose the parameter above", "STEER", steer.previous, steerable),
    Key("steer.next", "down", "choose the parameter below", "STEER", steer.following, steerable),
    Key("steer.less", "left", "less of the chosen parameter", "STEER", steer.less, steerable),
    Key("steer.more", "right", "more of the chosen parameter", "STEER", steer.more, steerable),
    Key("steer.much_less", "shift+left", "much less of it", "STEER", steer.much_less, steerable),
    Key("steer.much_more", "shift+right", "much more of it", "STEER", steer.much_more, steerable),
    Key("steer.d_more", "d", "one more D step in each step", "STEER", steer.d_more, living),
    Key("steer.d_less", "D", "one D step less", "STEER", steer.d_less, living),
    Key("steer.g_more", "g", "one more G step in each step", "STEER", steer.g_more, living),
    Key("steer.g_less", "G", "one G step less", "STEER", steer.g_less, living),
    Key("checkpoint.save", "s", "save a checkpoint", "KEEP", checkpoints.save, living,
        Hint("save", 5, _state("TRAINING", "PAUSED"))),
    Key("checkpoint.save_as", "S", "save with a name", "KEEP", checkpoints.save_as, living),
    Key("checkpoint.list", "c", "checkpoints: look, restore", "KEEP", checkpoints.show, always,
        Hint("checkpoints", 4,
             _state("TRAINING", "PAUSED", "DETACHED", "FINISHED", "STOPPED", "TRAINER DIED"))),
    Key("samples.export", "x", "samples to a PNG file", "KEEP", samples.export, always,
        Hint("samples to PNG", 6, _state("FINISHED", "STOPPED"), "PNG")),
    Key("samples.new_z", "z", "new z", "SEE", samples.new_z, living, Hint("new z", 8, _moving)),
    Key("samples.ema", "m", "EMA of G, or raw G", "SEE", samples.ema, living, Hint(_ema, 9, _moving)),
    Key("samples.real", "r", "real digits beside G's", "SEE", samples.real, trainer_lives),
    Key("samples.mode", "v", "way of drawing", "SEE", samples.mode),
    Key("samples.size", "w", "size of the digits", "SEE", samples.size),
    *(Key(f"pane.{number}", str(number), f"pane {number}, {name.upper()}, on the whole screen", "SEE",
          panes.maximiser(number)) for number, name in enumerate(panes.NAMES, 1)),
    Key("pane.next", "tab", "focus the next pane", "SEE", panes.following),
    Key("pane.previous", "shift+tab", "focus the pane before", "SEE", panes.previous),
    Key("pane.full", "f", "the pane in focus on the whole screen", "SEE", panes.full, always,
        Hint("full pane", 11, lambda s, v: s.state == "TRAINING" and v.maximised is None)),
    Key("app.theme", "T", "next theme", "SEE", look.theme),
    Key("app.background", "b", "to background; training goes on", "LEAVE", leave.background, trainer_lives,
        Hint("to background", 7, _state("TRAINING", "DETACHED", "WARMING UP"), "background")),
    Key("app.palette", "ctrl+p", "all commands by name", "LEAVE", look.palette),
    Key("app.suspend", "ctrl+z", "suspend this window", "LEAVE", leave.suspend, suspendable),
    Key("app.help", "question_mark,f1", "help", "LEAVE", look.help_panel, always, Hint("help", 0, _anywhere)),
    Key("app.quit", "q,ctrl+c,ctrl+q", "quit, asks first", "LEAVE", leave.ask, always,
        Hint("quit", 0, _anywhere)),
)  # fmt: skip

HELP: Final[tuple[tuple[str, tuple[tuple[tuple[str, ...], str], ...]], ...]] = (
    ("TRAIN", (
        (("run.pause",), "pause, resume"),
        (("run.step",), "next iteration (paused)"),
        (("run.step_d", "run.step_g"), "one D step, one G step (paused)"),
        (("run.resume", "run.log"), "resume, log (trainer died)"),
    )),
    ("STEER", (
        (("steer.previous", "steer.next"), "choose a parameter"),
        (("steer.less", "steer.more"), "change it (shift: coarse)"),
        (("steer.d_more", "steer.d_less"), "D steps more, fewer"),
        (("steer.g_more", "steer.g_less"), "G steps more, fewer"),
    )),
    ("KEEP", (
        (("checkpoint.save", "checkpoint.save_as"), "save, save with a name"),
        (("checkpoint.list",), "checkpoints: look, restore"),
        (("samples.export",), "samples to a PNG file"),
    )),
    ("SEE", (
        (("samples.ema",), "EMA of G, or raw G"),
        (("samples.new_z",), "new z"),
        (("samples.real",), "real digits beside G's"),
        (("samples.mode", "samples.size"), "way of drawing, size of digits"),
        (("pane.1", "pane.7", "pane.full"), "one pane on the whole screen"),
        (("pane.next", "pane.previous", "pane.back"), "next, previous pane; back"),
        (("chart.log", "chart.smooth"), "losses: log scale, smoothing"),
        (("app.theme",), "theme"),
    )),
    ("LEAVE", (
        (("app.background",), "to background; training goes on"),
        (("app.suspend",), "suspend this window"),
        (("app.palette",), "all commands by name"),
        (("app.quit",), "quit, asks first"),
    )),
)  # fmt: skip
"""The help panel: groups of (ids, words)."""

_DISPLAY: Final = {
    "question_mark": "?",
    "escape": "esc",
    "f1": "F1",
    "comma": ",",
    "full_stop": ".",
}


def display(key: str) -> str:
    """A key as people write it: ``question_mark`` → ``?``."""
    return _DISPLAY.get(key, key)


class KeyTable:
    """The keys, as the user's keymap has them.

    Args:
        keymap: binding id → keys, comma-separated, as Textual's ``set_keymap`` takes them.
    """

    def __init__(self, keymap: Mapping[str, str] | None = None) -> None:
        self._keymap = dict(keymap or {})
        self._by_id = {key.id: key for key in KEYS}

    @property
    def keymap(self) -> dict[str, str]:
        """What ``App.set_keymap`` is given; unknown ids are left out."""
        return {name: keys for name, keys in self._keymap.items() if name in self._by_id}

    @property
    def unknown(self) -> tuple[str, ...]:
        """Ids of the keymap that no binding has."""
        return tuple(name for name in self._keymap if name not in self._by_id)

    def __getitem__(self, name: str) -> Key:
        """The binding of that id."""
        return self._by_id[name]

    def written(self, name: str) -> str:
        """The first key of a binding, as people write it."""
        keys = self.keymap.get(name, self._by_id[name].keys)
        return display(keys.split(",")[0].strip())

    def footer(self, snapshot: Snapshot, view: ViewOptions) -> tuple[FooterKey, ...]:
        """The keys that work now and have a place in the footer, from left to right."""
        items = []
        for key in KEYS:
            hint = key.hint
            if hint is None or not hint.shown(snapshot, view) or key.when(snapshot, view) is not None:
                continue
            words = hint.words if isinstance(hint.words, str) else hint.words(snapshot, view)
            items.append(
                FooterKey(self.written(key.id), words, hint.short, hint.player, hint.drop, f"act('{key.id}')")
            )
        return tuple(items)


def bindings() -> list[Binding | tuple[str, str] | tuple[str, str, str]]:
    """The table as Textual's bindings; each runs ``act(id)``."""
    return [
        Binding(key.keys, f"act('{key.id}')", key.does, id=key.id, tooltip=key.does, show=False)
        for key in KEYS
    ]
