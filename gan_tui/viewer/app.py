"""The viewer's app: takes a snapshot from the run ten times a second and shows it; keys become commands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

from textual import events
from textual.app import App, SystemCommand
from textual.screen import ModalScreen, Screen

from gan_tui.config.errors import GanTuiError
from gan_tui.link.commands import AnyCommand
from gan_tui.viewer import signals
from gan_tui.viewer.actions.leave import last_words
from gan_tui.viewer.keys import KeyTable, bindings
from gan_tui.viewer.layout import kind
from gan_tui.viewer.look import Look
from gan_tui.viewer.palette import commands
from gan_tui.viewer.screens.main import Main
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.source import RunSource
from gan_tui.viewer.textual_themes import textual_themes
from gan_tui.viewer.themes import THEMES
from gan_tui.viewer.view_options import ViewOptions

TICK: Final = 0.1
"""Seconds between two looks at the run."""
REFUSAL_SECONDS: Final = 5.0
"""How long a refusal stands in the health line."""
_WORKS_WHEN_SMALL: Final = frozenset({"run.pause", "app.quit", "app.suspend", "app.background"})


@dataclass(frozen=True)
class Preferences:
    """What the user likes, and how it is remembered.

    Attributes:
        mode: way of drawing digits, or None. keys: binding id → keys. hint_seen: a key was pressed once.
        remember: called with what changed ("theme", "mode", "hint_seen"); may raise GanTuiError or OSError.
    """

    mode: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    hint_seen: bool = True
    remember: Callable[[dict[str, object]], None] = lambda _changes: None


class ViewerApp(App[str], inherit_bindings=False):
    """Shows one run. Its result is the last words for the plain terminal.

    Args:
        source: the run; started when the app is on the screen.
        look: theme, colours and marks.
        preferences: what the user likes.
        clock: a steady clock, in seconds.
        wall: the time of day, in Unix seconds.
        watch_terminal: install the handlers of signals and of a terminal that goes away.
    """

    CSS = "Screen { overflow: hidden; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = bindings()

    def __init__(
        self,
        source: RunSource,
        look: Look,
        preferences: Preferences | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        *,
        watch_terminal: bool = False,
    ) -> None:
        super().__init__(ansi_color=look.ansi)
        self._preferences = preferences or Preferences()
        self._source = source
        self._clock = clock
        self._wall = wall
        self._watch_terminal = watch_terminal
        self._terminal = signals.terminal_settings() if watch_terminal else None
        self._snapshot = source.snapshot()
        self._table = KeyTable(self._preferences.keys)
        self._view = ViewOptions(
            look=look, mode=self._preferences.mode, hint=not self._preferences.hint_seen, clock=clock()
        )
        self._main = Main(self)
        self._fresh = True
        self.set_keymap(self._table.keymap)
        # Before the styles are read for the first time: a later change reads them again.
        for theme in textual_themes():
            self.register_theme(theme)
        self._wear(look)

    # What actions may use (see actions.conditions.Viewer).

    @property
    def source(self) -> RunSource:
        """The run."""
        return self._source

    @property
    def shown(self) -> Snapshot:
        """What the screen shows."""
        return self._snapshot

    @property
    def view_options(self) -> ViewOptions:
        """How it is shown."""
        return self._view

    @property
    def look(self) -> Look:
        """Colours and marks of the screen."""
        return self._view.look

    @property
    def table(self) -> KeyTable:
        """The keys, as the user has them."""
        return self._table

    def wall_time(self) -> float:
        """The time of day, in Unix seconds."""
        return self._wall()

    def change_view(self, **changes: Any) -> None:
        """Show it otherwise, in the next frame."""
        self._view = replace(self._view, **changes)
        self.beat(at_once=True)

    def send(self, command: AnyCommand) -> None:
        """Send a command to the trainer; what it changes shows in the next frame."""
        self._source.send(command)
        self.beat(at_once=True)

    def refuse(self, because: str) -> None:
        """Say why something is not done."""
        self._source.refuse(because)
        self.beat(at_once=True)

    def open(self, screen: ModalScreen[None]) -> None:
        """Show a dialog."""
        self.push_screen(screen)

    def next_theme(self) -> None:
        """Take the next theme, and remember it."""
        names = list(THEMES)
        name = names[(names.index(self.look.theme) + 1) % len(names)]
        self._remember(theme=name)
        look = self.look.with_theme(name)
        self._wear(look)
        self.change_view(look=look)

    def next_mode(self) -> None:
        """Take the next way of drawing that this terminal can show, and remember it."""
        from gan_tui.viewer.widgets.tile_art import ways  # noqa: PLC0415 - drawing, after the first paint

        order = [None, *ways(self.look)]
        place = order.index(self._view.mode) if self._view.mode in order else 0
        mode = order[(place + 1) % len(order)]
        self._remember(mode=mode or "auto")
        self.change_view(mode=mode)

    def open_palette(self) -> None:
        """Show all commands by name."""
        from textual.command import CommandPalette  # noqa: PLC0415 - after the first paint

        self.push_screen(CommandPalette())

    def suspend_to_shell(self) -> None:
        """Give the terminal back to the shell until ``fg``."""
        self.action_suspend_process()

    def leave(self, last_words: str) -> None:
        """End the viewer; the words are printed on the plain terminal. A dead trainer is a failure."""
        self.exit(last_words, return_code=int(self._snapshot.state == "TRAINER DIED"))

    def in_background(self, work: Callable[[], None]) -> None:
        """Run something slow in a thread; a GanTuiError in it is shown as a refusal."""

        def guarded() -> None:
            try:
                work()
            except GanTuiError as error:
                self._source.refuse(str(error))

        self.run_worker(guarded, thread=True, exit_on_error=False)

    # Textual's side.

    def get_default_screen(self) -> Screen[None]:
        """The panes."""
        return self._main

    def on_mount(self) -> None:
        """Paint, and only then start the run's listener."""
        if self._watch_terminal:
            signals.watch(self, self._end, self._draw_anew, self._terminal)
        self.app_resume_signal.subscribe(self, self._come_back)
        self.call_after_refresh(self._begin)

    def on_unmount(self) -> None:
        """Stop listening; the trainer goes on."""
        self._source.close()

    def on_resize(self) -> None:
        """Place the panes anew."""
        self.call_after_refresh(self.beat, at_once=True)

    def on_key(self, _event: events.Key) -> None:
        """A key that nothing is bound to counts as the first, too."""
        self._first_key()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a binding works now: False and None grey it out and leave the key to others."""
        if action != "act" or not parameters:
            return True
        name = str(parameters[0])
        if kind(*self.size) == "small" and name not in _WORKS_WHEN_SMALL:
            return None
        if name == "app.suspend" and not (self._driver is not None and self._driver.can_suspend):
            return None
        reason = self._table[name].when(self._snapshot, self._view)
        return True if reason is None or reason else None

    def action_act(self, name: str) -> None:
        """Do what the key table has under this id, or say why not."""
        self._first_key()
        key = self._table[name]
        reason = key.when(self._snapshot, self._view)
        if reason is None:
            key.do(self)
        elif reason:
            self.refuse(reason)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:  # noqa: ARG002 - Textual's
        """Every key of the table by name."""
        return commands(self)

    def beat(self, *, at_once: bool = False) -> None:
        """Take the newest snapshot and show what changed."""
        now = self._clock()
        before, self._snapshot = self._snapshot, self._source.snapshot()
        refusal = self._snapshot.refusal
        # By the clock that is shown, not by now: so it always moves once past the refusal's end.
        if refusal is not None and self._view.clock - refusal[1] < REFUSAL_SECONDS:
            at_once |= int(now * 4) != int(self._view.clock * 4)
            self._view = replace(self._view, clock=now) if at_once else self._view
        footer = self._table.footer(self._snapshot, self._view)
        if footer != self._view.footer:
            self._view, at_once = replace(self._view, footer=footer), True
        at_once |= self._fresh or _rare(before) != _rare(self._snapshot)
        self._fresh = False
        if self._main.is_running:
            self._main.present(self._snapshot, self._view, now, at_once=at_once)
        for screen in self.screen_stack[1:]:
            follow = getattr(screen, "follow", None)
            if follow is not None:
                follow()

    def _begin(self) -> None:
        self.beat(at_once=True)
        self._source.start()
        self.set_interval(TICK, self.beat)
        if self._table.unknown:
            self.refuse(f"settings.toml: there is no key {', '.join(self._table.unknown)}")

    def _come_back(self, _signal: object) -> None:
        """After ``fg`` the screen is empty: all of it is drawn, though nothing changed."""
        self._draw_anew()

    def _draw_anew(self) -> None:
        for screen in self.screen_stack:
            screen.refresh(layout=True)

    def _wear(self, look: Look) -> None:
        self.theme = f"gan-tui-{look.theme}"
        self._main.styles.background = look.background

    def _remember(self, **changes: object) -> None:
        try:
            self._preferences.remember(changes)
        except (GanTuiError, OSError) as error:
            self.refuse(f"preferences were not saved ({error})")

    def _first_key(self) -> None:
        if self._view.hint:
            self._remember(hint_seen=True)
            self.change_view(hint=False)

    def _end(self) -> None:
        self.leave(last_words(self._snapshot))


def _rare(snapshot: Snapshot) -> tuple[object, ...]:
    """What changes seldom, and is then shown at once."""
    return (
        snapshot.state,
        id(snapshot.status),
        snapshot.pending,
        snapshot.refusal,
        snapshot.stages,
        len(snapshot.events),
        id(snapshot.death),
        id(snapshot.health),
        id(snapshot.report),
        snapshot.saving,
    )
