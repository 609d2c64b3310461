"""Save with a name, asked for in the footer's row."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.screen import ModalScreen

from gan_tui.link.commands import Save
from gan_tui.render.numbers import count
from gan_tui.viewer.actions.conditions import Viewer
from gan_tui.viewer.actions.leave import step_of

LONGEST: Final = 40
"""Letters that a name may have."""


def is_nameable(character: str) -> bool:
    """Whether a character may stand in a checkpoint's name."""
    return character.isprintable() and character not in '/\\:*?"<>|' and len(character) == 1


class SaveAs(ModalScreen[None], inherit_bindings=False):
    """Takes the keys while a name is typed; the footer shows it."""

    DEFAULT_CSS = "SaveAs { background: transparent; }"
    ALLOW_SELECT = False

    def __init__(self, viewer: Viewer) -> None:
        super().__init__()
        self._viewer = viewer
        self._typed = ""
        self._prompt = ""

    def on_mount(self) -> None:
        """Ask."""
        self._show()

    def on_unmount(self) -> None:
        """The footer has its keys back."""
        self._viewer.change_view(prompt="")

    def on_key(self, event: events.Key) -> None:
        """Type, save, or cancel."""
        event.stop()
        event.prevent_default()
        if event.key in {"escape", "ctrl+c", "ctrl+q"}:
            self.dismiss()
        elif event.key == "enter":
            self._viewer.send(Save(name=self._typed.strip() or None))
            self.dismiss()
        elif event.key in {"backspace", "ctrl+h"}:
            self._typed = self._typed[:-1]
        elif event.key == "ctrl+u":
            self._typed = ""
        elif event.character is not None:
            self._type(event.character)
        self._show()

    def on_paste(self, event: events.Paste) -> None:
        """Type what is pasted."""
        event.stop()
        self._type(event.text)
        self._show()

    def follow(self) -> None:
        """The step goes on meanwhile."""
        self._show()

    def _type(self, text: str) -> None:
        self._typed = (self._typed + "".join(c for c in text if is_nameable(c)))[:LONGEST]

    def _show(self) -> None:
        step = count(step_of(self._viewer.shown))
        cursor = self._viewer.look.glyphs.chosen
        prompt = f"name for step {step}: {self._typed}{cursor}   enter saves  esc cancels"
        if prompt != self._prompt and self.is_current:
            self._prompt = prompt
            self._viewer.change_view(prompt=prompt)
