"""Ways of drawing, one file each; a new one is a file and a line here."""

from __future__ import annotations

from gan_tui.render.modes import ascii as ascii_
from gan_tui.render.modes import half, quadrant, ramp
from gan_tui.render.modes.mode import Draw, Mode

MODES: dict[str, Mode] = {mode.name: mode for mode in (half.MODE, quadrant.MODE, ascii_.MODE, ramp.MODE)}

__all__ = ["MODES", "Draw", "Mode"]
