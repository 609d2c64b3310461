"""Records to rows, and back."""

import sqlite3
import time
from typing import Any, Final

import msgspec

from gan_tui.link.messages import Down, Event, Moments, Report, Samples, Telemetry
from gan_tui.link.wire import encode
from gan_tui.runs.history.schema import HARDWARE, LOSSES, OPINIONS, TELEMETRY

_INSERT_TELEMETRY: Final = (
    f"INSERT INTO telemetry (segment, {', '.join(TELEMETRY)}) "  # noqa: S608 - fixed names, no one's input
    f"VALUES ({', '.join('?' * (len(TELEMETRY) + 1))})"
)


def has_update(record: Telemetry) -> bool:
    """Whether any update took place since the tick before; else it is a sign of life."""
    return not (record.d_real is None and record.d_fake is None and record.g is None)


def alive(record: Telemetry, newest: Telemetry) -> Telemetry:
    """A sign of life, with the losses and opinions of the newest update, which are still the newest."""
    return msgspec.structs.replace(record, **{name: getattr(newest, name) for name in (*LOSSES, *OPINIONS)})


def telemetry_row(record: Telemetry) -> tuple[Any, ...]:
    """The values of :data:`~gan_tui.runs.history.schema.TELEMETRY`'s columns."""
    hardware = record.hardware
    return (
        record.seq,
        record.time,
        record.step,
        record.d_updates,
        record.g_updates,
        record.epoch,
        record.elapsed,
        *(value for moments in (record.d_real, record.d_fake, record.g) for value in _moments(moments)),
        *(getattr(record, name) for name in OPINIONS),
        record.steps_per_second,
        record.images_per_second,
        *(getattr(hardware, name, None) for name in HARDWARE),
        record.viewers,
    )


def _moments(moments: Moments | None) -> tuple[float | None, ...]:
    if moments is None:
        return None, None, None, None
    return moments.mean, moments.count, moments.min, moments.max


def insert(connection: sqlite3.Connection, record: Telemetry | Event | Report, segment: int) -> None:
    """Write one row."""
    match record:
        case Telemetry():
            connection.execute(_INSERT_TELEMETRY, (segment, *telemetry_row(record)))
        case Event():
            connection.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record.seq,
                    record.time,
                    record.step,
                    record.who,
                    record.kind,
                    record.text,
                    record.player,
                    record.mark,
                ),
            )
        case Report():
            connection.execute(
                "INSERT INTO reports (segment, time, step, shares, readable, seen, distance, floor, samples, "
                "accuracy, seconds, ema) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    segment,
                    time.time(),
                    record.step,
                    msgspec.json.encode(record.shares).decode(),
                    record.readable,
                    record.seen,
                    record.distance,
                    record.floor,
                    record.samples,
                    record.accuracy,
                    record.seconds,
                    int(record.ema),
                ),
            )


def latest_key(record: Down) -> str:
    """Under which name the newest of these is kept."""
    return f"Samples:{record.kind}" if isinstance(record, Samples) else type(record).__name__


def insert_latest(connection: sqlite3.Connection, key: str, record: Down, when: float) -> None:
    """Keep the newest of its type."""
    connection.execute("INSERT OR REPLACE INTO latest VALUES (?, ?, ?)", (key, when, encode(record)))


def event_of(row: tuple[Any, ...]) -> Event:
    """An event, from the columns of ``events`` in order."""
    seq, when, step, who, kind, text, player, mark = row
    return Event(seq=seq, time=when, step=step, who=who, kind=kind, text=text, player=player, mark=mark)


def report_of(row: tuple[Any, ...]) -> Report:
    """A report, from step, shares, readable, seen, distance, floor, samples, accuracy, seconds, ema."""
    step, shares, readable, seen, distance, floor, samples, accuracy, seconds, ema = row
    nan = float("nan")
    return Report(
        step=step,
        shares=msgspec.json.decode(shares, type=tuple[float, ...]),
        readable=nan if readable is None else readable,
        seen=seen,
        distance=nan if distance is None else distance,
        floor=nan if floor is None else floor,
        samples=samples,
        accuracy=nan if accuracy is None else accuracy,
        seconds=nan if seconds is None else seconds,
        ema=bool(ema),
    )
