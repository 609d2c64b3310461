"""The last minute of each speed figure: one value a second."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from gan_tui.link.messages import Telemetry
from gan_tui.viewer.snapshot import Rates

if TYPE_CHECKING:
    import numpy as np
else:
    from gan_tui.render.deferred import np


SECONDS: Final = 60
_GIB: Final = 2.0**30
_NAN: Final = float("nan")


class RatesBuffer:
    """Collects a value a second of each figure; seconds without a word are gaps (NaN)."""

    def __init__(self) -> None:
        self._second: int | None = None
        self._values: dict[str, deque[float]] = {}

    def add(self, tick: Telemetry, now: float) -> None:
        """Take one tick; the newest of a second stands for it.

        Args:
            tick: what came.
            now: seconds on any steady clock.
        """
        fresh = figures(tick)
        second = int(now)
        passed = 1 if self._second is None else min(SECONDS, max(0, second - self._second))
        for _ in range(passed):
            for values in self._values.values():
                values.append(_NAN)
        filled = max((len(v) for v in self._values.values()), default=passed or 1)
        for name, value in fresh.items():
            if name not in self._values:
                self._values[name] = deque([_NAN] * filled, SECONDS)
            self._values[name][-1] = value
        self._second = second if self._second is None else max(second, self._second)

    def view(self) -> Rates:
        """The figures that this machine has, in display order, as fresh arrays."""
        names = [name for name in ORDER if name in self._values]
        return Rates({name: np.array(self._values[name], np.float32) for name in names})


ORDER: Final = ("steps/s", "images/s", "gpu %", "gpu GiB", "gpu °C", "watts", "cpu %", "ram GiB")


def figures(tick: Telemetry) -> dict[str, float]:
    """The speed figures of one tick, in display order; only those that were measured.

    On a machine with a GPU the memory shown is the GPU's.
    """
    shown: dict[str, float | None] = {"steps/s": tick.steps_per_second, "images/s": tick.images_per_second}
    hardware = tick.hardware
    if hardware is not None:
        shown |= {
            "gpu %": hardware.gpu_percent,
            "gpu GiB": None if hardware.gpu_bytes is None else hardware.gpu_bytes / _GIB,
            "gpu °C": hardware.gpu_celsius,
            "watts": hardware.gpu_watts,
            "cpu %": hardware.cpu_percent,
        }
        if hardware.gpu_percent is None and hardware.ram_bytes is not None:
            shown["ram GiB"] = hardware.ram_bytes / _GIB
    return {name: value for name, value in shown.items() if value is not None}
