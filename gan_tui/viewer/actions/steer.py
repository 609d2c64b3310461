"""STEER: choose a parameter, change it."""

from typing import Final

from gan_tui.link.commands import Set
from gan_tui.link.commands.settings import COUNTS, LIMITS, Parameter
from gan_tui.link.messages import Settings
from gan_tui.viewer.actions.conditions import Viewer

PARAMETERS: Final[tuple[Parameter, ...]] = ("d_steps", "g_steps", "d_lr", "g_lr", "ema", "samples_per_second")
"""STEER's rows, from above."""
FINE_FACTOR: Final = 1.25
COARSE_FACTOR: Final = 2.0
COARSE_COUNT: Final = 3
_SLIDER: Final = (1e-5, 1e-2)
"""Ends of a rate's slider: a step that would jump over an end stops there first."""
_LEAST_DISTANCE: Final = 1e-4
"""EMA's smallest distance from 1."""


def moved(settings: Settings, parameter: Parameter, direction: int, *, coarse: bool = False) -> float:
    """The value one press away, within the parameter's limits.

    Counts go by 1 (coarse 3), rates by a factor of 1.25 (2), EMA's distance from 1 by the same factors.

    Args:
        settings: as they are.
        parameter: which.
        direction: 1 more, -1 less.
        coarse: the larger step.
    """
    old = float(getattr(settings, parameter))
    low, high = LIMITS[parameter]
    if parameter in COUNTS:
        return min(high, max(low, old + direction * (COARSE_COUNT if coarse else 1)))
    factor = (COARSE_FACTOR if coarse else FINE_FACTOR) ** direction
    if parameter == "ema":
        distance = min(1.0, max(_LEAST_DISTANCE, (1 - old) / factor))
        return min(high, max(low, round(1 - distance, 6)))
    new = float(f"{old * factor:.3g}")
    for end in _SLIDER:
        if min(old, new) < end < max(old, new):
            new = end
    return min(high, max(low, new))


def _change(viewer: Viewer, parameter: Parameter, direction: int, *, coarse: bool = False) -> None:
    status = viewer.shown.status
    if status is None:
        return
    new = moved(status.settings, parameter, direction, coarse=coarse)
    if new == getattr(status.settings, parameter):
        return
    both = status.settings.d_steps + status.settings.g_steps
    if parameter in {"d_steps", "g_steps"} and both + new - getattr(status.settings, parameter) == 0:
        viewer.refuse("D steps and G steps cannot both be 0")
        return
    viewer.send(Set(parameter=parameter, value=new))


def _chosen(viewer: Viewer) -> Parameter:
    return PARAMETERS[viewer.view_options.chosen % len(PARAMETERS)]


def previous(viewer: Viewer) -> None:
    """Choose the parameter above; from the first, the last."""
    viewer.change_view(chosen=(viewer.view_options.chosen - 1) % len(PARAMETERS))


def following(viewer: Viewer) -> None:
    """Choose the parameter below; from the last, the first."""
    viewer.change_view(chosen=(viewer.view_options.chosen + 1) % len(PARAMETERS))


def less(viewer: Viewer) -> None:
    """One press less of the chosen parameter."""
    _change(viewer, _chosen(viewer), -1)


def more(viewer: Viewer) -> None:
    """One press more of the chosen parameter."""
    _change(viewer, _chosen(viewer), 1)


def much_less(viewer: Viewer) -> None:
    """A coarse press less."""
    _change(viewer, _chosen(viewer), -1, coarse=True)


def much_more(viewer: Viewer) -> None:
    """A coarse press more."""
    _change(viewer, _chosen(viewer), 1, coarse=True)


def d_more(viewer: Viewer) -> None:
    """One more D update in each step."""
    _change(viewer, "d_steps", 1)


def d_less(viewer: Viewer) -> None:
    """One D update less in each step."""
    _change(viewer, "d_steps", -1)


def g_more(viewer: Viewer) -> None:
    """One more G update in each step."""
    _change(viewer, "g_steps", 1)


def g_less(viewer: Viewer) -> None:
    """One G update less in each step."""
    _change(viewer, "g_steps", -1)
