"""Samples: the same fixed z drawn again and again, so that each tile keeps its place."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gan_tui.link.messages import Samples
from gan_tui.training.clock import Rhythm
from gan_tui.training.core import Core

Bytes = npt.NDArray[np.uint8]
PREVIEW_COUNT: Final = 10
"""Tiles kept in a checkpoint and sent to TensorBoard, as the article's."""


def record(images: Any, **fields: Any) -> Samples:
    """Images, uint8 (N,H,W) or (N,C,H,W), as a record with channels last."""
    array = np.asarray(images)
    if array.ndim == 3:
        array = array[:, None]
    array = np.ascontiguousarray(np.moveaxis(array, 1, -1))
    count, height, width, channels = array.shape
    return Samples(
        count=count, height=height, width=width, channels=channels, pixels=array.tobytes(), **fields
    )


def real_samples(images: Bytes, labels: Bytes, classes: int, count: int) -> Samples:
    """Real images for the screen that waits: classes in order, again and again, each time another image.

    Args:
        images: uint8 (N,H,W).
        labels: uint8 (N,).
        classes: how many there are.
        count: tiles wanted.
    """
    places = [np.flatnonzero(labels == label) for label in range(classes)]
    chosen = [
        int(places[i % classes][(i // classes) % len(places[i % classes])])
        for i in range(count)
        if len(places[i % classes])
    ]
    return record(images[chosen], kind="real", step=0, labels=bytes(labels[chosen]))


class Tiles:
    """Draws the fixed z when it is time, by the running average or by raw G."""

    def __init__(self, core: Core) -> None:
        self._engine, self._board = core.engine, core.board
        self._count = core.config.sample_count
        self._rhythm = Rhythm(core.clock, 0.0)
        self._viewers = 0
        self._latent: tuple[Any, Any] = (None, None)
        self.renew(core.board.status.latent_seed)
        self.drawn = 0

    def renew(self, seed: int) -> None:
        """Take the fixed z of this seed from now on."""
        self._latent = self._engine.fixed_latent(max(self._count, PREVIEW_COUNT), seed)
        self._board.change(latent_seed=seed)

    def draw_when_due(self) -> None:
        """Draw where anybody watches and the rhythm says so; a newcomer sees something at once."""
        rate = self._engine.settings.samples_per_second
        if not self.greet() and self._viewers and rate:
            self._rhythm.period = 1.0 / rate
            if self._rhythm.due:
                self.draw()

    def greet(self) -> bool:
        """Draw for a newcomer, also while nothing trains; whether there was one."""
        viewers, before = self._board.viewers, self._viewers
        self._viewers = viewers
        if viewers <= before:
            return False
        self.draw()
        return True

    def draw(self) -> None:
        """Draw and send now."""
        self._rhythm.take()
        self.drawn += 1
        z, labels = self._latent
        status = self._board.status
        images = self._engine.draw(z, labels, status.showing_ema)
        self._board.tell(
            record(
                images,
                kind="ema" if status.showing_ema else "raw",
                step=self._engine.step,
                labels=_bytes(labels) if status.labelled else b"",
                latent_seed=status.latent_seed,
            )
        )

    def preview(self, ema: bool = True) -> Bytes:
        """The first ten tiles, uint8 (10,H,W) or (10,C,H,W); not sent."""
        z, labels = self._latent
        return np.asarray(self._engine.draw(z[:PREVIEW_COUNT], labels[:PREVIEW_COUNT], ema))


def _bytes(labels: Any) -> bytes:
    """Labels, on any device, as bytes."""
    return bytes(labels.tolist())
