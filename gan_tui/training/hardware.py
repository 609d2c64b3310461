"""What the machine does: processor and memory by psutil, the GPU by NVML. Read by a thread once a second."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any, Final

import psutil

from gan_tui.link.messages import Hardware

PERIOD_SECONDS: Final = 1.0


class ProcessReader:
    """Reads this process' share of the processors and its memory; the GPU where one is named.

    Args:
        gpu: UUID of the CUDA device that trains ("GPU-…"), or None.
    """

    def __init__(self, gpu: str | None = None) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent(None)
        self._nvml: Any = None
        self._handle: Any = None
        if gpu is not None:
            self._open(gpu)

    def _open(self, gpu: str) -> None:
        try:
            import pynvml  # noqa: PLC0415 - only where there is a GPU

            pynvml.nvmlInit()
            self._handle = pynvml.nvmlDeviceGetHandleByUUID(gpu)
            self._nvml = pynvml
        except Exception:  # noqa: BLE001 - no driver, no NVML, a GPU without a name: then its figures are absent
            self._nvml = None

    def __call__(self) -> Hardware:
        """One reading; a figure that this machine does not give is None."""
        return Hardware(
            cpu_percent=self._process.cpu_percent(None),
            ram_bytes=self._process.memory_info().rss,
            gpu_percent=self._ask(lambda n, h: float(n.nvmlDeviceGetUtilizationRates(h).gpu)),
            gpu_bytes=self._ask(lambda n, h: int(n.nvmlDeviceGetMemoryInfo(h).used)),
            gpu_celsius=self._ask(lambda n, h: float(n.nvmlDeviceGetTemperature(h, n.NVML_TEMPERATURE_GPU))),
            gpu_watts=self._ask(lambda n, h: n.nvmlDeviceGetPowerUsage(h) / 1000),
        )

    def _ask(self, figure: Callable[[Any, Any], Any]) -> Any:
        if self._nvml is None:
            return None
        try:
            return figure(self._nvml, self._handle)
        except self._nvml.NVMLError:
            return None


class HardwareWatch:
    """Keeps the newest reading; calling it costs the training nothing.

    Args:
        read: takes one reading. period: seconds between two.
    """

    def __init__(self, read: Callable[[], Hardware], period: float = PERIOD_SECONDS) -> None:
        self._read, self._period = read, period
        self._newest: Hardware | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hardware", daemon=True)
        self._thread.start()

    def __call__(self) -> Hardware | None:
        """The newest reading, or None before the first."""
        return self._newest

    def close(self) -> None:
        """No more readings."""
        self._over.set()
        self._thread.join(timeout=2.0)

    def _work(self) -> None:
        while not self._over.wait(self._period):
            with contextlib.suppress(psutil.Error, OSError):
                self._newest = self._read()


def gpu_uuid(properties: Any) -> str | None:
    """NVML's name of the device with these torch properties, or None where torch does not tell it."""
    uuid = getattr(properties, "uuid", None)
    return None if uuid is None else f"GPU-{str(uuid).removeprefix('GPU-')}"
