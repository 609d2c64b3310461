"""What G draws from its fixed z, or real digits while it cannot draw yet."""

from collections.abc import Hashable

from rich.segment import Segment

from gan_tui.link.messages import Samples, Status
from gan_tui.viewer.layout import Tiling, tiles
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane, Same
from gan_tui.viewer.widgets.rows import Row, centred, row, titled
from gan_tui.viewer.widgets.tile_art import Tile, TileArt, images


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int, art: TileArt) -> list[Row]:
    """Title and the grid of digits; the order is fixed, so that a tile keeps its place."""
    grid = tiling(view, cells, height - 1)
    shown = snapshot.samples or snapshot.real
    if shown is None or not shown.count:
        dim = view.look.style("dim")
        empty: list[Row] = [[] for _ in range(max(0, height // 2 - 1))]
        return [titled(view, "samples", "SAMPLES", cells), *empty, centred("digits appear here", dim, cells)]
    beside = snapshot.real if view.show_real and snapshot.samples is not None else None
    note, short = _notes(snapshot, view, shown, grid, beside)
    title = titled(view, "samples", "SAMPLES", cells, note, short)
    placed = _placed(shown, view, grid, art) if beside is None else _pairs(shown, beside, view, grid, art)
    return [title, *_composed(placed, view, grid, cells)][:height]


def tiling(view: ViewOptions, cells: int, height: int) -> Tiling:
    """The grid for a body of this size; on the whole screen digits always stand apart."""
    return tiles(cells, height, view.tile, close=view.maximised != "samples")


def _placed(shown: Samples, view: ViewOptions, grid: Tiling, art: TileArt) -> list[Tile | None]:
    pictures = images(shown)[: grid.places]
    return list(art.tiles(pictures, (grid.width, grid.height), view.look, view.mode, shown.kind == "real"))


def _pairs(
    shown: Samples, beside: Samples, view: ViewOptions, grid: Tiling, art: TileArt
) -> list[Tile | None]:
    """G's digits in the left columns, real ones in the right."""
    left = (grid.columns + 1) // 2
    right = grid.columns - left
    size = (grid.width, grid.height)
    ours = art.tiles(images(shown)[: left * grid.rows], size, view.look, view.mode)
    real = art.tiles(images(beside)[: right * grid.rows], size, view.look, view.mode, real=True)
    out: list[Tile | None] = []
    for band in range(grid.rows):
        for tile_row, across in ((ours, left), (real, right)):
            part = tile_row[band * across : (band + 1) * across]
            out += [*part, *([None] * (across - len(part)))]
    return out


def _composed(placed: list[Tile | None], view: ViewOptions, grid: Tiling, cells: int) -> list[Row]:
    blank = view.look.style()
    used = grid.columns * (grid.width + 1) - 1
    indent = Segment(" " * ((cells - used) // 2), blank) if view.maximised == "samples" else None
    gap, hole = Segment(" ", blank), Segment(" " * grid.width, blank)
    out: list[Row] = []
    for start in range(0, len(placed), grid.columns):
        if start:
            out += [[]] * grid.gap
        band = placed[start : start + grid.columns]
        for y in range(grid.height):
            line: Row = [indent] if indent and indent.text else []
            for tile in band:
                line += tile[y] if tile is not None else [hole]
                line.append(gap)
            out.append(line[:-1])
    return out


def _notes(
    snapshot: Snapshot, view: ViewOptions, shown: Samples, grid: Tiling, beside: Samples | None
) -> tuple[Row, Row]:
    """The title's note and its short form."""
    style = view.look.style
    real = style("real")
    word = _word(snapshot.status)
    if shown.kind == "real":
        name = view.look.text(snapshot.status.data_name) if snapshot.status else ""
        return row((f"real {word} from {name}" if name else f"real {word}", real)), row(
            (f"real {word}", real)
        )
    dim = style("dim")
    kind = "EMA" if shown.kind == "ema" else "raw"
    drawn = "last drawn by G" if snapshot.state == "TRAINER DIED" else "drawn by G"
    by = drawn.removeprefix("drawn ")
    if beside is not None:
        side = row(("by G", style("G")), (f"  {kind}  ", dim), (f"right: real {word}", real))
        return row((drawn, style("G")), (f"  {kind}  left, ", dim), (f"right: real {word}", real)), side
    some = f"  {kind}  {min(shown.count, grid.places)} of {shown.count}"
    return row((drawn, style("G")), (f"{some}  fixed z", dim)), row((by, style("G")), (some, dim))


def _word(status: Status | None) -> str:
    numerals = status is None or not status.class_names or all(n.isdigit() for n in status.class_names)
    return "digits" if numerals else "images"


class SamplesPane(Pane):
    """The grid of digits."""

    interval = 0.1

    def __init__(self) -> None:
        super().__init__("samples")
        self._art = TileArt()

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """As many digits as fit."""
        return rows(snapshot, view, width, height, self._art)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """The pictures and the way of drawing them."""
        status = snapshot.status
        return (
            Same(snapshot.samples),
            Same(snapshot.real),
            snapshot.state == "TRAINER DIED",
            (status.data_name, status.class_names) if status else None,
            view.look,
            view.focus,
            view.maximised == "samples",
            view.mode,
            view.tile,
            view.show_real,
        )
