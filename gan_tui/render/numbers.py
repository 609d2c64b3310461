"""How every number is written. Pure functions; fields of fixed width are filled from the left."""

from __future__ import annotations

import math
from collections.abc import Callable

LOSS_WIDTH = 5
GIB = 1024**3
_MB = 1e6
_NO_CLOCK = "-:--:--"


def count(n: float, width: int = 0) -> str:
    """A whole number with its thousands parted: ``1,230``. Field of steps: 7, from 1,000,000 on 9."""
    return (_word(n) or f"{n:,.0f}".replace("-0", "0", 1 if round(n) == 0 else 0)).rjust(width)


def loss(value: float) -> str:
    """Exactly 5 cells: ``0.617 12.34 123.4  1234``, larger ones as ``1e5``; ``nan``, ``inf`` and ``-inf``."""
    return _short(value, LOSS_WIDTH, 3)


def opinion(value: float) -> str:
    """Exactly 3 cells, 0 to 1 (cut there): ``.45``, ``1.0``; ``nan``."""
    word = _word(value)
    if word == "nan":
        return word
    hundredths = round(min(1.0, max(0.0, value)) * 100)
    return "1.0" if hundredths == 100 else f".{hundredths:02d}"


def lead(value: float) -> str:
    """Exactly 4 cells, -1 to 1 (cut there), always signed: ``+.11``, ``-.05``, ``+1.0``; ``nan``."""
    if math.isnan(value):
        return " nan"
    hundredths = round(min(1.0, max(-1.0, value)) * 100)
    return ("-" if hundredths < 0 else "+") + opinion(abs(hundredths) / 100)


def rate(value: float) -> str:
    """A learning rate: ``2.0e-4``, ``1.0e-10``; 0 is ``0``."""
    word = _word(value)
    if word or value == 0:
        return word or "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def decay(value: float) -> str:
    """A moving average's decay, 3 decimals or the 4 to 6 it needs: ``0.995``, ``0.9999``."""
    word = _word(value)
    if word:
        return word
    text = f"{value:.6f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(3, '0')}"


def share(value: float, width: int = 0) -> str:
    """A share 0 to 1 as ``62%``; widest ``100%``."""
    return (_word(value) or f"{value * 100:.0f}%".replace("-0%", "0%")).rjust(width)


def clock(seconds: float) -> str:
    """Whole seconds as ``h:mm:ss``: ``0:01:35``, ``100:00:00``; below 0 is 0; not finite: ``-:--:--``."""
    if not math.isfinite(seconds):
        return _NO_CLOCK
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"


def duration(seconds: float) -> str:
    """A short time in its largest whole unit: ``4 s``, ``3 min``, ``2 h``, ``5 d``."""
    if not math.isfinite(seconds):
        return "?"
    whole = max(0, int(seconds))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if whole >= 2 * length or (unit != "d" and whole >= length):
            return f"{whole // length} {unit}"
    return f"{whole} s"


def per_second(value: float, width: int = 0) -> str:
    """A rate of work: 1 decimal below 1,000, parted thousands above: ``13.3``, ``1,702``."""
    word = _word(value)
    if not word:
        word = f"{value:.1f}" if abs(round(value, 1)) < 1000 else f"{value:,.0f}"
        word = "0.0" if word == "-0.0" else word
    return word.rjust(width)


def size(n_bytes: float) -> str:
    """Bytes, at least 0, as MB (10^6) below 10^9, else as GiB (2^30): ``0.4 MB``, ``37 MB``, ``1.9 GiB``."""
    word = _word(n_bytes)
    if word:
        return word
    n_bytes = max(0.0, n_bytes)
    if n_bytes < 1e9 - _MB / 2:
        megabytes = n_bytes / _MB
        return f"{megabytes:.1f} MB" if megabytes < 9.95 else f"{megabytes:.0f} MB"
    gibibytes = n_bytes / GIB
    return f"{gibibytes:.1f} GiB" if gibibytes < 99.95 else f"{gibibytes:,.0f} GiB"


def gib(n_bytes: float) -> str:
    """Bytes as a bare number of GiB in 4 cells: ``0.84``, ``12.3``, `` 141``."""
    return _short(n_bytes / GIB, 4, 2)


def span(lo: float, hi: float, form: Callable[[float], str] = per_second) -> str:
    """A range as ``13.1..13.6``, each end written by ``form``."""
    return f"{form(lo).strip()}..{form(hi).strip()}"


def _word(value: float) -> str:
    """What stands for a number that is not finite; empty for the rest."""
    if math.isfinite(value):
        return ""
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _short(value: float, width: int, decimals: int) -> str:
    """As many decimals as fit the width, then an exponent; always exactly ``width`` cells."""
    word = _word(value)
    if word:
        return word.rjust(width)
    for places in range(decimals, -1, -1):
        text = f"{value:.{places}f}"
        if float(text) == 0:
            text = text.lstrip("-")
        if len(text) <= width:
            return text.rjust(width)
    mantissa, exponent = f"{value:.0e}".split("e")
    text = f"{mantissa}e{int(exponent)}"
    return text.rjust(width) if len(text) <= width else ("-" if value < 0 else "+") + "huge"[: width - 1]
