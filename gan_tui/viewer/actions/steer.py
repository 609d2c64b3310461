"""STEER: choose a parameter, change it."""

from gan_tui.link.commands import Set
from gan_tui.viewer.actions.conditions import Viewer
from gan_tui.viewer.parameters import PARAMETERS, SteerParameter

_D_STEPS, _G_STEPS = PARAMETERS[0], PARAMETERS[1]


def set_to(viewer: Viewer, parameter: SteerParameter, value: float) -> None:
    """Send a parameter's new value, unless it is the old one or both players would rest."""
    status = viewer.shown.status
    if status is None or value == parameter.value(status.settings):
        return
    others = {_D_STEPS: status.settings.g_steps, _G_STEPS: status.settings.d_steps}
    if value == 0 and others.get(parameter) == 0:
        viewer.refuse("D steps and G steps cannot both be 0")
        return
    viewer.send(Set(parameter=parameter.name, value=value))


def change(viewer: Viewer, parameter: SteerParameter, direction: int, *, coarse: bool = False) -> None:
    """One press more (+1) or less (-1) of a parameter."""
    status = viewer.shown.status
    if status is not None:
        old = parameter.value(status.settings)
        set_to(viewer, parameter, parameter.changed(old, direction, coarse))


def _chosen(viewer: Viewer) -> SteerParameter:
    return PARAMETERS[viewer.view_options.chosen % len(PARAMETERS)]


def previous(viewer: Viewer) -> None:
    """Choose the parameter above; from the first, the last."""
    viewer.change_view(chosen=(viewer.view_options.chosen - 1) % len(PARAMETERS))


def following(viewer: Viewer) -> None:
    """Choose the parameter below; from the last, the first."""
    viewer.change_view(chosen=(viewer.view_options.chosen + 1) % len(PARAMETERS))


def less(viewer: Viewer) -> None:
    """One press less of the chosen parameter."""
    change(viewer, _chosen(viewer), -1)


def more(viewer: Viewer) -> None:
    """One press more of the chosen parameter."""
    change(viewer, _chosen(viewer), 1)


def much_less(viewer: Viewer) -> None:
    """A coarse press less."""
    change(viewer, _chosen(viewer), -1, coarse=True)


def much_more(viewer: Viewer) -> None:
    """A coarse press more."""
    change(viewer, _chosen(viewer), 1, coarse=True)


def d_more(viewer: Viewer) -> None:
    """One more D update in each step."""
    change(viewer, _D_STEPS, 1)


def d_less(viewer: Viewer) -> None:
    """One D update less in each step."""
    change(viewer, _D_STEPS, -1)


def g_more(viewer: Viewer) -> None:
    """One more G update in each step."""
    change(viewer, _G_STEPS, 1)


def g_less(viewer: Viewer) -> None:
    """One G update less in each step."""
    change(viewer, _G_STEPS, -1)
