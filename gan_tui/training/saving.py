"""Which checkpoints are written, when and under what name; the archivist writes them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gan_tui.link.commands import RefusedError
from gan_tui.link.messages import Report, Telemetry
from gan_tui.runs.checkpoint_metadata import CheckpointMetadata
from gan_tui.runs.names import SUFFIX, checkpoint_name
from gan_tui.training.archivist import MOST_PENDING, Archivist, Failed, PointJob, Saved, SaveJob
from gan_tui.training.board import LOG
from gan_tui.training.core import Core
from gan_tui.training.ports import Engine
from gan_tui.training.soundness import Soundness
from gan_tui.training.tiles import Bytes, Tiles


def megabytes(count: int) -> str:
    """A file's size as the log says it: ``37 MB``, ``0.4 MB``."""
    return f"{count / 1e6:.0f} MB" if count >= 1e7 else f"{count / 1e6:.1f} MB"


class Saver:
    """Takes checkpoints of a sound state and hears from the archivist what became of them.

    Args:
        core: engine, board and time. tiles, soundness, archivist: see there. folder: of the checkpoints.
        measure: catches up with the engine, so that a loss that is not finite is known before anything is
            saved, and returns the newest tick with losses.
        capture: copies the engine's state, with a few tiles to show in lists.
    """

    def __init__(
        self,
        core: Core,
        tiles: Tiles,
        soundness: Soundness,
        archivist: Archivist,
        folder: Path,
        capture: Callable[[Engine, Bytes], Any],
        measure: Callable[[], Telemetry | None],
    ) -> None:
        self._engine, self._board, self._tiles = core.engine, core.board, tiles
        self._clock, self._watch = core.clock, core.watch
        self._soundness, self._archivist, self._folder = soundness, archivist, folder
        self._capture, self._measure = capture, measure
        self._every, self._point_every = core.config.checkpoint_every, core.config.tensorboard_every
        self._saved_state: Any = None
        self._failed = ""
        self._point_failed = False
        self._pointed: Report | None = None
        self._seen_step = core.engine.step
        self._owed = False

    @property
    def failed(self) -> str:
        """Why the last checkpoint was not written; empty where it was."""
        return self._failed

    @property
    def fresh(self) -> bool:
        """Whether the newest checkpoint, written or on its way, holds exactly the present state."""
        return bool(self._saved_state == self._present())

    def save(self, name: str | None, who: str) -> str:
        """Take a checkpoint now; returns its name.

        Raises:
            RefusedError: the state is not sound, or the disk does not keep up.
        """
        self._measure()
        if self._soundness.broken:
            raise RefusedError("the losses are not finite; restore a checkpoint (c), or stop")
        if len(self._archivist.pending) >= MOST_PENDING:
            raise RefusedError("earlier checkpoints are still being written")
        return self._take(name, who)

    def _take(self, name: str | None, who: str) -> str:
        label = name or ""
        name = checkpoint_name(self._engine.step, label)
        self._archivist.submit(
            SaveJob(
                name=name,
                path=self._folder / f"{name}{SUFFIX}",
                step=self._engine.step,
                who=who,
                captured=self._capture(self._engine, self._tiles.preview()),
                metadata=self._metadata(who, label),
            )
        )
        self._saved_state = self._present()
        return name

    def _metadata(self, who: str, label: str) -> dict[str, str]:
        """What the list of checkpoints shows, and what a resume takes up beside the engine's state."""
        status, telemetry, report = self._board.status, self._measure(), self._board.report
        d = [m.mean for m in (telemetry.d_real, telemetry.d_fake) if m is not None] if telemetry else []
        own = CheckpointMetadata(
            step=self._engine.step,
            time=self._clock.time(),
            who=who,
            label=label,
            digits=report.seen if report else None,
            classes=len(report.shares) if report else None,
            d_loss=sum(d) / len(d) if d else None,
            g_loss=telemetry.g.mean if telemetry and telemetry.g else None,
        )
        return own.to_strings() | {
            "elapsed": repr(self._watch.elapsed),
            "latent_seed": str(status.latent_seed),
            "target_steps": str(status.target_steps or 0),
        }

    def save_last(self, who: str) -> None:
        """Take the last checkpoint, unless the newest holds all of it or the state is not sound."""
        self._measure()
        if not self._soundness.broken and not self.fresh:
            self._archivist.settle()
            self._take(None, who)

    def keep_rhythm(self) -> None:
        """After a step: take the checkpoint and the TensorBoard point that are due."""
        step = self._engine.step
        if step == self._seen_step:
            return
        before, self._seen_step = self._seen_step, step
        if self._every and step // self._every > before // self._every:
            self._owed = True
        if self._owed and not self._archivist.pending:
            self._owed = False
            if not self._soundness.broken and not self.fresh:
                self._save_unasked()
        if self._point_every and step // self._point_every > before // self._point_every:
            self._point()

    def _save_unasked(self) -> None:
        try:
            self.save(None, "auto")
        except RefusedError as refusal:
            LOG.info("step %s  not saved: %s", f"{self._engine.step:,}", refusal)

    def _point(self) -> None:
        telemetry = self._measure()
        if telemetry is None:
            return
        losses = {"lossTrue": telemetry.d_real, "lossFalse": telemetry.d_fake, "lossG": telemetry.g}
        scalars = {name: moments.mean for name, moments in losses.items() if moments is not None}
        report = self._board.report
        if report is not None and report != self._pointed:
            self._pointed = report
            scalars |= {"distance": report.distance, "readable": report.readable}
        self._archivist.submit(
            PointJob(
                self._engine.step,
                telemetry.time,
                scalars,
                self._tiles.preview(self._board.status.showing_ema),
            )
        )

    def jumped(self) -> None:
        """Another checkpoint's state was restored: the rhythm counts from there."""
        self._seen_step, self._owed = self._engine.step, False
        self._saved_state = self._present()

    def settle(self) -> None:
        """Wait until everything is written, and tell it."""
        self._archivist.settle()
        self.hear()

    def hear(self) -> None:
        """Tell what became of the jobs."""
        for result in self._archivist.results():
            match result:
                case Saved():
                    self._tell_saved(result)
                case Failed():
                    self._tell_failed(result)

    def _tell_saved(self, saved: Saved) -> None:
        job = saved.job
        self._failed = ""
        LOG.info("saved %s (%s) in %.1f s", job.name, megabytes(saved.bytes), saved.seconds)
        self._board.change(checkpoint=job.name, checkpoint_step=job.step, checkpoint_time=saved.time)
        self._board.event(job.step, job.who, "saved", f"saved {job.name}")

    def _tell_failed(self, failure: Failed) -> None:
        step = failure.job.step
        if isinstance(failure.job, PointJob):
            if not self._point_failed:
                text = f"TensorBoard points from step {step:,} on are not written: {failure.because}"
                self._board.event(step, "alarm", "alarm", text)
            self._point_failed = True
            return
        self._saved_state = None
        status = self._board.status
        safe = f"; step {status.checkpoint_step:,} is safe" if status.checkpoint else ""
        self._failed = f"{failure.because}: step {step:,} was not saved{safe}"
        self._board.event(step, "alarm", "alarm", self._failed)

    def _present(self) -> Any:
        engine = self._engine
        return engine.step, engine.d_updates, engine.g_updates, engine.settings
