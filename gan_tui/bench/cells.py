"""What stands in a table's cells; "-" where nothing was measured."""


def number(value: float | None) -> str:
    """Three digits or so: "12.3", "1,234"."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def percent(share: float | None) -> str:
    """Of one: "97%"."""
    return "-" if share is None else f"{share:.0%}"


def times(ratio: float | None) -> str:
    """As a factor: "3.0 ×"."""
    return "-" if ratio is None else f"{ratio:.1f} ×" if ratio < 100 else f"{ratio:,.0f} ×"


def mebibytes(count: float | None) -> str:
    """Bytes, in 2²⁰ of them."""
    return "-" if count is None else f"{count / 2**20:,.0f}"


def milliseconds(seconds: float | None) -> str:
    """Of seconds."""
    return "-" if seconds is None else number(seconds * 1000)
