"""The judge of :mod:`gan_tui.quality` as the desk wants it: readings of pieces become one report."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gan_tui.link.messages import Report
from gan_tui.quality import Judge, Reading
from gan_tui.quality.reading import seen


class JudgeReader:
    """Wraps a judge."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    @property
    def ready(self) -> bool:
        """Whether it has learned."""
        return self._judge.ready

    def work(self, budget_seconds: float) -> bool:
        """Learn for about so long; whether it is ready."""
        return self._judge.work(budget_seconds)

    def read(self, images: npt.NDArray[np.uint8]) -> Reading:
        """Read some samples."""
        return self._judge.read(images)

    def report(self, readings: list[Any], step: int, seconds: float, ema: bool) -> Report:
        """One report of all of them."""
        reading = Reading.join(readings)
        shares = reading.shares(self._judge.classes)
        return Report(
            step=step,
            shares=shares,
            readable=reading.readable,
            seen=seen(shares),
            distance=self._judge.distance(reading),
            floor=self._judge.floor(len(reading)),
            samples=len(reading),
            accuracy=self._judge.accuracy,
            seconds=seconds,
            ema=ema,
        )
