"""Our themes as Textual's, for the parts that it draws: the command palette."""

from collections.abc import Iterator

from textual.theme import Theme

from gan_tui.viewer.themes import THEMES


def textual_themes() -> Iterator[Theme]:
    """One for each of ours, named ``gan-tui-NAME``."""
    for name, theme in THEMES.items():
        tokens = theme.tokens
        yield Theme(
            name=f"gan-tui-{name}",
            primary=tokens["G"],
            secondary=tokens["D"],
            accent=tokens["G"],
            error=tokens["alarm"],
            background=tokens["bg"],
            surface=tokens["lift"],
            panel=tokens["lift"],
            foreground=tokens["text"],
            dark=name != "light",
        )
