"""How much the last cache before memory holds."""

import contextlib
import re
from pathlib import Path
from typing import Final

import torch

_FOLDER: Final = Path("/sys/devices/system/cpu/cpu0/cache")
_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def last_cache(device: torch.device, folder: Path = _FOLDER) -> int:
    """Bytes of the highest cache level, of the GPU where that is the device; 0 where it is not told.

    Args:
        device: whose cache.
        folder: where Linux describes the first processor's caches.
    """
    if device.type == "cuda":
        return int(getattr(torch.cuda.get_device_properties(device), "L2_cache_size", 0))
    if device.type != "cpu":
        return 0
    levels = [_level(place) for place in folder.glob("index*")]
    return max(levels, default=(0, 0))[1]


def _level(place: Path) -> tuple[int, int]:
    """Level and bytes; a cache that cannot be read counts as none."""
    with contextlib.suppress(OSError, ValueError):
        level, kind, size = ((place / name).read_text().strip() for name in ("level", "type", "size"))
        found = re.fullmatch(r"(\d+)([KMG]?)", size)
        if found and kind != "Instruction":
            return int(level), int(found.group(1)) * _UNITS[found.group(2)]
    return 0, 0
