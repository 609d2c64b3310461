"""Draw images, curves and numbers as text. Needs numpy alone, looks at nothing and keeps no state."""

from __future__ import annotations

from gan_tui.render.ansi import Colour, grey_numbers, shade_colours, sixteen_numbers, to_ansi
from gan_tui.render.bars import BARS, BARS_ASCII, bars
from gan_tui.render.cells import INK, PAPER, SHADES, Cells, RenderError
from gan_tui.render.fit import crop_for, fit
from gan_tui.render.grid import grid
from gan_tui.render.modes import MODES, Mode
from gan_tui.render.runs import Run, all_runs, runs
from gan_tui.render.series import bin_mean, decimate_minmax, smooth_centred
from gan_tui.render.sparkline import SPARK, SPARK_ASCII, sparkline

__all__ = [
    "BARS",
    "BARS_ASCII",
    "INK",
    "MODES",
    "PAPER",
    "SHADES",
    "SPARK",
    "SPARK_ASCII",
    "Cells",
    "Colour",
    "Mode",
    "RenderError",
    "Run",
    "all_runs",
    "bars",
    "bin_mean",
    "crop_for",
    "decimate_minmax",
    "fit",
    "grey_numbers",
    "grid",
    "runs",
    "shade_colours",
    "sixteen_numbers",
    "smooth_centred",
    "sparkline",
    "to_ansi",
]
