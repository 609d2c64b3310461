"""TensorBoard's event files: lossTrue, lossFalse, lossG and a strip of samples, as the article logs them.

Where the judge has reported since the last point: ``distance`` (Fréchet, of its features; lower is better)
and ``readable`` (share of the samples that it reads with more than 0.9), as they were at its report.

Imported by the archivist's thread when the first point is due: tensorboard is slow to load.
"""

import io
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from gan_tui.training.archivist import PointJob

IMAGE_TAG: Final = "samples"
PICTURES: Final = 500
"""Strips are at least so manyth a part of the steps so far apart: with a point every 200 steps, the first
100,000 steps have one at each, and ten million steps 3,000 at most (6 MB)."""


class TensorBoardLog:
    """Appends points to one event file in ``folder``, which is made where it is absent."""

    def __init__(self, folder: Path) -> None:
        self._writer = EventFileWriter(str(folder))
        self._pictured: int | None = None

    def write(self, job: PointJob) -> None:
        """Add the figures of one step, and its strip unless there is one of about then; to the disk."""
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in job.scalars.items()]
        if self._pictured is None or abs(job.step - self._pictured) * PICTURES >= job.step:
            self._pictured = job.step
            values.append(_picture(job.images))
        self._writer.add_event(Event(wall_time=job.time, step=job.step, summary=Summary(value=values)))
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()


def _picture(images: npt.NDArray[np.uint8]) -> Summary.Value:
    strip = strip_of(images)
    picture = Summary.Image(
        height=strip.shape[0],
        width=strip.shape[1],
        colorspace=1 if strip.ndim == 2 else 3,
        encoded_image_string=_png(strip),
    )
    return Summary.Value(tag=IMAGE_TAG, image=picture)


def strip_of(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Images side by side: uint8 (N,H,W) or (N,C,H,W) → (H, N·W) or (H, N·W, 3)."""
    if images.ndim == 4 and images.shape[1] == 3:
        return np.concatenate(list(np.moveaxis(images, 1, -1)), axis=1)
    if images.ndim == 4:
        images = images[:, 0]
    return np.concatenate(list(images), axis=1)


def _png(picture: npt.NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()
