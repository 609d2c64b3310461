"""What this machine is: what must stand beside every figure that was measured on it."""

import contextlib
import importlib.metadata
import os
import platform
import re
from pathlib import Path
from typing import Final

import msgspec
import psutil
import torch

from gan_tui.bench.caches import last_cache
from gan_tui.training.choose import thread_candidates

EXTENSIONS: Final = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16")
"""What a processor may have that decides how fast it multiplies, as Linux calls it."""
_CPUINFO: Final = Path("/proc/cpuinfo")


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured on.

    Attributes:
        processor: its name, as the system has it. capability: what torch uses of it ("AVX2", "AVX512").
        extensions: those of :data:`EXTENSIONS` that it has; empty where the system does not tell.
        cores: processors that this process may use. threads: of torch, now.
        memory_bytes: of the machine. cache_bytes: of the last cache before memory, 0 where it is not told.
        device: ``cpu``, ``cuda`` or ``mps``. gpu, gpu_capability, gpu_memory_bytes: name, "9.0", bytes.
        python, torch, numpy, jax: versions; None for what is not installed.
        system: name, release and architecture.
        load: programs that ran or waited to, on average over the last minute before the measurement; None
            where the system does not tell.
    """

    processor: str
    capability: str
    extensions: tuple[str, ...]
    cores: int
    threads: int
    memory_bytes: int
    cache_bytes: int
    device: str
    gpu: str | None
    gpu_capability: str | None
    gpu_memory_bytes: int | None
    python: str
    torch: str
    numpy: str | None
    jax: str | None
    system: str
    load: float | None


def describe(device: torch.device) -> Machine:
    """Look at the machine; takes some milliseconds.

    Args:
        device: where training is measured.
    """
    cpuinfo = _text(_CPUINFO)
    gpu = torch.cuda.get_device_properties(device) if device.type == "cuda" else None
    return Machine(
        processor=processor_name(cpuinfo) or platform.processor() or platform.machine(),
        capability=torch.backends.cpu.get_cpu_capability(),
        extensions=extensions(cpuinfo),
        cores=thread_candidates()[-1],
        threads=torch.get_num_threads(),
        memory_bytes=psutil.virtual_memory().total,
        cache_bytes=last_cache(device),
        device=device.type,
        gpu=gpu.name if gpu else None,
        gpu_capability=f"{gpu.major}.{gpu.minor}" if gpu else None,
        gpu_memory_bytes=gpu.total_memory if gpu else None,
        python=platform.python_version(),
        torch=str(torch.__version__),
        numpy=_version("numpy"),
        jax=_version("jax"),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        load=_load(),
    )


def processor_name(cpuinfo: str) -> str:
    """The first processor's name in ``/proc/cpuinfo``'s text, or an empty text."""
    found = re.search(r"^(?:model name|Model|Hardware)[ \t]*:[ \t]*(\S.*?)[ \t]*$", cpuinfo, re.MULTILINE)
    return found.group(1) if found else ""


def extensions(cpuinfo: str) -> tuple[str, ...]:
    """Those of :data:`EXTENSIONS` that the first processor in ``/proc/cpuinfo``'s text has."""
    found = re.search(r"^(?:flags|Features)[ \t]*:(.*)$", cpuinfo, re.MULTILINE)
    present = set(found.group(1).split()) if found else set()
    return tuple(name for name in EXTENSIONS if name in present)


def _text(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace")
    return ""


def _version(package: str) -> str | None:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(package)
    return None


def _load() -> float | None:
    with contextlib.suppress(OSError, AttributeError):
        return round(os.getloadavg()[0], 2)
    return None
