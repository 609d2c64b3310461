"""The run's checkpoints, each with what the same z looked like then: restore, export, keep, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gan_tui.config.errors import GanTuiError
from gan_tui.link.commands import Restore
from gan_tui.link.messages import Samples
from gan_tui.render.numbers import clock, count, duration, size
from gan_tui.runs.checkpoints import CheckpointInfo
from gan_tui.viewer.actions.conditions import Viewer
from gan_tui.viewer.screens.dialog import Dialog
from gan_tui.viewer.screens.previews import preview_rows
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.rows import Row, fitted, row
from gan_tui.viewer.widgets.tile_art import TileArt

BLOCK: Final = 6
"""Rows of one checkpoint: a preview's five and an empty one."""
_INFO: Final = 32
_DAYS: Final = 100 * 3600.0
"""Seconds from which on an age is told in days."""
_KEYS: Final = (
    ("enter", "restore"),
    ("x", "draw samples to PNG"),
    ("k", "keep"),
    ("del", "delete"),
    ("esc", "back"),
)


class Checkpoints(Dialog):
    """The checkpoint list. One z in each column: read down to see it form."""

    title_words = "Checkpoints"
    wanted = (116, 35)

    def __init__(self, viewer: Viewer) -> None:
        super().__init__(viewer)
        self._rows: tuple[CheckpointInfo, ...] | None = None
        self._art = TileArt()
        self._chosen = 0
        self._top = 0
        self._asking = False
        self._loaded_for: object = None
        self._trouble = ""

    def note(self, snapshot: Snapshot) -> str:  # noqa: ARG002 - Dialog's
        """How to read the tiles."""
        return "one z in each column: read down to see it form"

    def content(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """As many checkpoints as fit, then two lines about the keys."""
        style = view.look.style
        plain, dim, strong = style("text", "lift"), style("dim", "lift"), style("text", "lift", bold=True)
        room, now = max(1, (height - 2) // BLOCK), self.viewer.wall_time()
        self._top = min(max(self._top, self._chosen - room + 1), self._chosen)
        rows: list[Row] = []
        if self._trouble:
            rows.append(row((view.look.text(self._trouble)[:width], plain)))
        elif self._rows is None:
            rows.append(row(("reading the checkpoints ...", dim)))
        elif not self._rows:
            rows.append(row((_nothing_yet(snapshot), plain)))
        else:
            for index, checkpoint in enumerate(self._rows[self._top : self._top + room], self._top):
                rows += _block(self._art, checkpoint, view, width, now, chosen=index == self._chosen)
        rows = rows[: height - 2] + [[] for _ in range(height - 2 - len(rows))]
        if self._asking and self._here is not None:
            question = f"delete {self._here.name} ({size(self._here.size)})?"
            return [*rows, [], row((question, strong), ("  enter delete  esc keep it", dim))]
        rows.append(row(("Restoring first saves where you are now.", dim)) if self._rows else [])
        keys = [("esc", "back")] if not self._rows else list(_KEYS)
        if self._here is not None and self._here.kept:
            keys = [(key, "keep no longer" if key == "k" else words) for key, words in keys]
        gap = "   "
        if sum(len(key) + len(words) + 4 for key, words in keys) > width:
            gap, keys = " ", [(key, words.removeprefix("draw samples ")) for key, words in keys]
        rows.append([part for key, words in keys for part in row((key, strong), (f" {words}{gap}", dim))])
        return rows

    def on_mount(self) -> None:
        """Read the list."""
        super().on_mount()
        self._load()

    def follow(self) -> None:
        """Read the list anew when the run has a new checkpoint."""
        status = self.viewer.shown.status
        latest = None if status is None else status.checkpoint
        if self._rows is not None and latest != self._loaded_for:
            self._load()
        super().follow()

    async def close(self) -> None:
        """Go away, or take back the question."""
        if self._asking:
            self._asking = False
            self.follow()
        else:
            self.dismiss()

    async def press(self, key: str) -> None:
        """Choose, restore, export, keep, delete."""
        here = self._here
        if here is None:
            return
        if self._asking:
            self._asking = False
            if key == "enter":
                self._change(lambda: self.viewer.source.delete_checkpoint(here.name))
            return
        last = len(self._rows or ()) - 1
        moves = {"up": -1, "down": 1, "home": -last, "end": last, "pageup": -4, "pagedown": 4}
        if key in moves:
            self._chosen = max(0, min(last, self._chosen + moves[key]))
        elif key == "enter":
            self._restore(here)
        elif key == "k":
            self._change(lambda: self.viewer.source.keep_checkpoint(here.name, not here.kept))
        elif key in {"delete", "backspace"}:
            self._asking = True
        elif key == "x":
            self._export(here)

    @property
    def _here(self) -> CheckpointInfo | None:
        return self._rows[self._chosen] if self._rows else None

    def _restore(self, checkpoint: CheckpointInfo) -> None:
        if checkpoint.problem:
            self.viewer.refuse(checkpoint.problem)
            return
        if self.viewer.shown.alive:
            self.viewer.send(Restore(checkpoint=checkpoint.name))
        else:
            self.viewer.source.resume_from_checkpoint(checkpoint.name)
        self.dismiss()

    def _export(self, checkpoint: CheckpointInfo) -> None:
        shape = checkpoint.preview_shape
        if not checkpoint.preview:
            self.viewer.refuse(f"{checkpoint.name} holds no samples")
            return
        source = self.viewer.source
        drawn = Samples(
            kind="ema",
            step=checkpoint.step,
            count=shape[0],
            height=shape[1],
            width=shape[2],
            channels=shape[3] if len(shape) == 4 else 1,
            pixels=checkpoint.preview,
        )

        def work() -> None:
            from gan_tui.viewer.export import told, write_png  # noqa: PLC0415 - Pillow, only when asked for

            path = write_png(drawn, source.folder, checkpoint.name)
            source.note(f"samples written to {told(path, source.folder)}")

        self.viewer.in_background(work)

    def _change(self, work: Callable[[], None]) -> None:
        def whole() -> None:
            work()
            self._read()

        self.viewer.in_background(whole)

    def _load(self) -> None:
        status = self.viewer.shown.status
        self._loaded_for = None if status is None else status.checkpoint
        self.viewer.in_background(self._read)

    def _read(self) -> None:
        """In a thread: read the files, then show them."""
        try:
            rows, trouble = tuple(self.viewer.source.checkpoints()), ""
        except GanTuiError as error:
            rows, trouble = (), str(error)
        self.app.call_from_thread(self._take, rows, trouble)

    def _take(self, rows: tuple[CheckpointInfo, ...], trouble: str) -> None:
        name = None if self._here is None else self._here.name
        self._rows, self._trouble = rows, trouble
        names = [checkpoint.name for checkpoint in rows]
        self._chosen = names.index(name) if name in names else min(self._chosen, max(0, len(rows) - 1))
        super().follow()


def _nothing_yet(snapshot: Snapshot) -> str:
    return "No checkpoint yet; press s to save one." if snapshot.alive else "This run has no checkpoint."


def _block(
    art: TileArt, checkpoint: CheckpointInfo, view: ViewOptions, width: int, now: float, *, chosen: bool
) -> list[Row]:
    """One checkpoint: words at the left, its samples at the right, an empty row below."""
    style, glyphs = view.look.style, view.look.glyphs
    ground = "select" if chosen else "lift"
    text, dim, strong = style("text", ground), style("dim", ground), style("text", ground, bold=True)
    digits = "   --" if checkpoint.digits is None else f"{checkpoint.digits:>2}/{checkpoint.classes or '?'}"
    notes = ("  latest" if checkpoint.latest else "") + ("  kept" if checkpoint.kept else "")
    old = max(0.0, now - checkpoint.time)
    ago = clock(old) if old < _DAYS else duration(old)
    words = [
        row((f"step {count(checkpoint.step, 7)}", strong), (notes, text)),
        row((f"{view.look.text(checkpoint.who):<5}", dim), (view.look.text(checkpoint.label), text)),
        row((f"{ago} ago   {size(checkpoint.size)}", dim)),
        row(
            ("digits ", dim),
            (digits, text),
            ("   D ", style("D", ground)),
            (_loss(checkpoint.d_loss), text),
            ("  G ", style("G", ground)),
            (_loss(checkpoint.g_loss), text),
        ),
        [],
    ]
    if checkpoint.problem:
        words[2:4] = [[], row((view.look.text(checkpoint.problem), dim))]
    tiles = preview_rows(art, checkpoint.preview, checkpoint.preview_shape, view, width - _INFO - 1, text)
    mark = glyphs.chosen + " " if chosen else "  "
    block = []
    for line, tile in zip(words, tiles, strict=True):
        left = row((mark, text)) + fitted(line, _INFO - 2, text)
        block.append(fitted(left + tile, width, text))
    return [*block, []]


def _loss(value: float | None) -> str:
    return " -- " if value is None else f"{value:.2f}"
