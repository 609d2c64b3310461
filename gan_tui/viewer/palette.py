"""The command palette: every key by name."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from gan_tui.viewer.keys import KEYS

if TYPE_CHECKING:
    from gan_tui.viewer.app import ViewerApp


def commands(app: "ViewerApp") -> Iterable[SystemCommand]:
    """All of the key table; what cannot be done now says why, as its key would."""
    for key in KEYS:
        reason = key.when(app.shown, app.view_options)
        usable = app.check_action("act", (key.id,))
        note = f"key {app.table.written(key.id)}"
        if reason or not usable:
            note += f"; not now{': ' + reason if reason else ''}"
        yield SystemCommand(key.does[0].upper() + key.does[1:], note, partial(_run, app, key.id))


def _run(app: "ViewerApp", name: str) -> None:
    if app.check_action("act", (name,)):
        app.action_act(name)
    else:
        app.refuse(app.table[name].when(app.shown, app.view_options) or "that is of no use now")
