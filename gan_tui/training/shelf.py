"""The run folder's shelf: how the archivist's jobs become files."""

from typing import TYPE_CHECKING

import torch

from gan_tui.runs.checkpoints import prune, set_latest
from gan_tui.runs.run import Run
from gan_tui.training.archivist import PointJob, SaveJob
from gan_tui.training.checkpoint import CapturedState, write
from gan_tui.training.errors import CheckpointError

if TYPE_CHECKING:
    from gan_tui.training.tensorboard import TensorBoardLog


class Shelf:
    """Writes checkpoints, ``latest`` and TensorBoard's files; used by the archivist's thread alone.

    Args:
        run: whose. keep: how many automatic checkpoints stay.
    """

    def __init__(self, run: Run, keep: int) -> None:
        self._run, self._keep = run, keep
        self._log: TensorBoardLog | None = None

    def save(self, job: SaveJob) -> int:
        """Write a checkpoint whole, let ``latest`` name it, delete old automatic ones; returns its bytes.

        Raises:
            CheckpointError: the state is not finite, or the disk does not take it.
            OSError: the disk does not take ``latest``.
        """
        captured: CapturedState = job.captured
        if not all(bool(torch.isfinite(t).all()) for t in captured.tensors.values() if t.is_floating_point()):
            raise CheckpointError("the networks hold numbers that are not finite")
        write(job.path, captured, job.metadata)
        set_latest(self._run, job.name)
        prune(self._run, self._keep)
        return job.path.stat().st_size

    def point(self, job: PointJob) -> None:
        """Write a TensorBoard point.

        Raises:
            OSError: the disk does not take it.
        """
        if self._log is None:
            from gan_tui.training.tensorboard import TensorBoardLog  # noqa: PLC0415 - slow to load

            self._log = TensorBoardLog(self._run.tensorboard_dir)
        self._log.write(job)
