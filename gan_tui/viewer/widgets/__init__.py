"""The panes, one file each; a new one is a file and a line in ``make_panes``."""

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

__all__ = ["Footer", "Pane", "Steer", "make_panes"]


def make_panes() -> list[Pane]:
    """One of each pane; their ids are the names that ``layout.arrange`` gives rectangles to."""
    return [
        Header(),
        HealthLine(),
        SamplesPane(),
        Game(),
        Steer(),
        DigitsSeen(),
        Losses(),
        Speed(),
        Events(),
        Last(),
        Footer(),
        Stages(),
        Died(),
        Small(),
    ]
