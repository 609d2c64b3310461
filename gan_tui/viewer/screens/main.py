"""The screen that the panes stand on: places them, and shows each the moment at its own rate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.app import ComposeResult
from textual.screen import Screen

from gan_tui.viewer.actions import panes, steer
from gan_tui.viewer.actions.conditions import Viewer, living
from gan_tui.viewer.layout import NUMBERED, arrange
from gan_tui.viewer.parameters import PARAMETERS, SteerParameter
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.died import Died
from gan_tui.viewer.widgets.digits_seen import DigitsSeen
from gan_tui.viewer.widgets.events import Events
from gan_tui.viewer.widgets.footer import Footer
from gan_tui.viewer.widgets.game import Game
from gan_tui.viewer.widgets.header import Header
from gan_tui.viewer.widgets.health import HealthLine
from gan_tui.viewer.widgets.last import Last
from gan_tui.viewer.widgets.losses import Losses
from gan_tui.viewer.widgets.pane import Pane
from gan_tui.viewer.widgets.samples import SamplesPane
from gan_tui.viewer.widgets.small import Small
from gan_tui.viewer.widgets.speed import Speed
from gan_tui.viewer.widgets.stages import Stages
from gan_tui.viewer.widgets.steer import Steer

PANES: Final[tuple[Callable[[], Pane], ...]] = (
    Header,
    HealthLine,
    SamplesPane,
    Game,
    Steer,
    DigitsSeen,
    Losses,
    Speed,
    Events,
    Last,
    Footer,
    Stages,
    Died,
    Small,
)
"""All panes; each knows its own name."""
_NEVER: Final = -1e9


class Main(Screen[None], inherit_bindings=False):
    """All panes; those that this size and moment show are placed, the others are hidden.

    Styles: no box, no margin; each pane has an absolute place.
    """

    DEFAULT_CSS = "Main { overflow: hidden; layout: vertical; }"
    ALLOW_SELECT = False

    def __init__(self, viewer: Viewer) -> None:
        super().__init__(id="main")
        self._viewer = viewer
        made = [make() for make in PANES]
        self._panes: dict[str, Pane] = {pane.id or "": pane for pane in made}
        self._placed: object = None
        self._when: dict[str, float] = {}
        self._shown: dict[str, Snapshot] = {}

    def compose(self) -> ComposeResult:
        """Every pane, hidden until it has a place."""
        for pane in self._panes.values():
            pane.display = False
            yield pane

    def on_mount(self) -> None:
        """The first layout has the panes in their places already: nothing is painted twice."""
        self._viewer.change_view()

    def on_pane_title_clicked(self, event: Pane.TitleClicked) -> None:
        """A click on a title maximises the pane, or brings it back."""
        if event.pane in NUMBERED:
            panes.maximiser(NUMBERED.index(event.pane) + 1)(self._viewer)

    def on_steer_row_chosen(self, event: Steer.RowChosen) -> None:
        """A click on a row chooses it."""
        self._viewer.change_view(chosen=event.index)

    def on_steer_value_set(self, event: Steer.ValueSet) -> None:
        """A click on a track sets the value."""
        self._steer(event.index, lambda p: steer.set_to(self._viewer, p, event.value))

    def on_steer_wheel(self, event: Steer.Wheel) -> None:
        """The wheel changes a value."""
        self._steer(event.index, lambda p: steer.change(self._viewer, p, event.direction))

    async def on_footer_key_pressed(self, event: Footer.KeyPressed) -> None:
        """A click on a key of the footer presses it."""
        await self.app.run_action(event.key.action)

    def _steer(self, index: int, act: Callable[[SteerParameter], None]) -> None:
        asleep = living(self._viewer.shown, self._viewer.view_options)
        self._viewer.change_view(chosen=index)
        if asleep:
            self._viewer.refuse(asleep)
        else:
            act(PARAMETERS[index])

    def place(self, snapshot: Snapshot, view: ViewOptions) -> bool:
        """Give each pane its rectangle; returns whether anything moved."""
        columns, rows = self.app.size
        wanted = arrange(columns, rows, snapshot.state, view.maximised)
        if wanted == self._placed:
            return False
        self._placed = wanted
        with self.app.batch_update():
            for name, pane in self._panes.items():
                rect = wanted.get(name)
                pane.display = rect is not None
                if rect is not None:
                    pane.styles.offset = (rect.x, rect.y)
                    pane.give_room(rect.width, rect.height)
        return True

    def present(self, snapshot: Snapshot, view: ViewOptions, now: float, *, at_once: bool) -> None:
        """Show this moment on each visible pane whose time has come.

        Args:
            snapshot: what is known.
            view: how it is shown.
            now: a steady clock, in seconds.
            at_once: show it on all, as after a key or an event; else each pane at its own rate.
        """
        moved = self.place(snapshot, view)
        for name, pane in self._panes.items():
            if not pane.display:
                self._shown.pop(name, None)
                continue
            before = self._shown.get(name)
            if before is snapshot and not (at_once or moved):
                continue
            interval = pane.interval / 2 if name == view.maximised == "losses" else pane.interval
            # A pane is due from a twentieth of a second before its time, for ticks are not exact.
            due = now - self._when.get(name, _NEVER) >= interval - 0.05
            if at_once or moved or due or before is None:
                pane.show(snapshot, view)
                self._when[name], self._shown[name] = now, snapshot
