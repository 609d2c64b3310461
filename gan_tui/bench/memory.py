"""How much memory this process or another one took at most, and how much there is."""

import contextlib
import resource
import sys
from pathlib import Path

import psutil
import torch

_RESET_PEAK = "5"
"""What Linux takes, written to ``clear_refs``, as the order to forget a process's peak (man 5 proc)."""


def available_bytes(device: torch.device) -> int:
    """Bytes that may still be taken on the device without anything being pushed out."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def reset_peak(device: torch.device) -> None:
    """Begin the peak anew from what is held now; a system that cannot keeps that of the whole process."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK)


def peak_bytes(device: torch.device) -> int:
    """Most bytes held since :func:`reset_peak`: by tensors on a GPU, by the whole process on a CPU."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return process_peak() or _own_peak()


def process_peak(pid: int | None = None) -> int:
    """Most resident bytes of a living process (None: this one); 0 where this system does not tell.

    Linux keeps it as VmHWM; elsewhere another process tells what it holds now, which is less.
    """
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid or 'self'}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss) if pid else 0
    return 0


def _own_peak() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
