"""How a viewer looks at the run: all that is its own and not the run's."""

from dataclasses import dataclass, field

from gan_tui.link.messages import Player
from gan_tui.viewer.look import Look


@dataclass(frozen=True)
class FooterKey:
    """A key in the footer.

    Attributes:
        key: as it is written ("space", "?", "esc").
        text: what it does now. short: the same where there is little room; empty: ``text``.
        player: whose colour the key wears.
        drop: what does not fit is dropped from the highest number down; 0 is never dropped.
        action: what to do when it is clicked; handed back in ``Footer.KeyPressed``.
    """

    key: str
    text: str
    short: str = ""
    player: Player = ""
    drop: int = 0
    action: str = ""


@dataclass(frozen=True)
class ViewOptions:
    """What a viewer has chosen to see; panes draw from it and from a Snapshot, and from nothing else.

    Attributes:
        look: theme, colours and marks.
        focus: the pane in focus. maximised: the pane on the whole screen, or None.
        chosen: index of STEER's chosen row in ``parameters.PARAMETERS``.
        mode: way of drawing digits, a name of ``gan_tui.render.MODES``; None: the best here.
        tile: cells of a digit (columns, rows); None: the largest of which twelve fit.
        show_real: real digits stand beside G's.
        log_scale: LOSSES has a logarithmic y axis. smoothing: its lines are centred means.
        hint: the first-run hint is shown.
        watching: another viewer steers.
        footer: the keys that work now, in order. prompt: replaces them, as a question or a text being typed.
        clock: monotonic seconds, to let a refusal go after 5 s.
    """

    look: Look = field(default_factory=Look)
    focus: str = "steer"
    maximised: str | None = None
    chosen: int = 1
    mode: str | None = None
    tile: tuple[int, int] | None = None
    show_real: bool = False
    log_scale: bool = False
    smoothing: bool = True
    hint: bool = False
    watching: bool = False
    footer: tuple[FooterKey, ...] = ()
    prompt: str = ""
    clock: float = 0.0
