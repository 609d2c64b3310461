"""Make ``gan_tui/render/modes/glyphs.npz``: how much ink each ASCII glyph has where in its cell.

    python benchmarks/make_glyph_table.py FONT.ttf [FONT.ttf …]

Each of the 85 printable ASCII glyphs that are no digits is drawn with each monospace font in a cell of
96 × 192 pixels, as a terminal does (advance = the cell's width, ascent and descent share its height), and
averaged to 24 rows × 12 columns; the fonts' tables are averaged, and the fonts' names go into the file.
Digits are left out: a drawn 7 made of sevens would be read, not seen.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

CELL_WIDTH, CELL_HEIGHT = 96, 192
ROWS, COLS = 24, 12
GLYPHS = [chr(code) for code in range(32, 127) if not chr(code).isdigit()]
TARGET = Path(__file__).parents[1] / "gan_tui" / "render" / "modes" / "glyphs.npz"


def coverage(path: Path) -> tuple[str, NDArray[np.float64]]:
    """A font's name and its glyphs' ink, (85, ROWS, COLS), 0 to 1."""
    font = ImageFont.truetype(path, 100)
    font = ImageFont.truetype(path, 100 * CELL_WIDTH / font.getlength("M"))
    ascent, descent = font.getmetrics()
    top = (CELL_HEIGHT - ascent - descent) / 2
    table = np.zeros((len(GLYPHS), ROWS, COLS))
    for index, glyph in enumerate(GLYPHS):
        cell = Image.new("L", (CELL_WIDTH, CELL_HEIGHT))
        ImageDraw.Draw(cell).text((0, top), glyph, font=font, fill=255)
        pixels = np.asarray(cell, np.float64).reshape(ROWS, CELL_HEIGHT // ROWS, COLS, CELL_WIDTH // COLS)
        table[index] = pixels.mean((1, 3)) / 255
    return " ".join(part or "" for part in font.getname()), table


def main() -> None:
    """Pool the fonts named on the command line and write the table."""
    if len(sys.argv) < 2:
        sys.exit("usage: make_glyph_table.py FONT.ttf [FONT.ttf …]")
    names, tables = zip(*(coverage(Path(path)) for path in sys.argv[1:]), strict=True)
    pooled = np.rint(np.mean(tables, 0) * 255).astype(np.uint8)
    codes = np.array([ord(glyph) for glyph in GLYPHS], np.uint32)
    np.savez_compressed(TARGET, glyphs=codes, coverage=pooled, fonts=np.array(names))
    densest = pooled.mean((1, 2)).argmax()
    print(f"{TARGET.name}: {', '.join(names)}")
    print(f"densest: {GLYPHS[densest]!r}, {pooled[densest].mean() / 255:.0%} of its cell is ink")


if __name__ == "__main__":
    main()
