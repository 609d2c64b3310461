"""How a trainer ended, in the words of the screen."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from gan_tui.render.numbers import count
from gan_tui.runs.checkpoints import list_checkpoints
from gan_tui.runs.launch import cause_of_death, tail_log
from gan_tui.viewer.snapshot import Death, Snapshot

if TYPE_CHECKING:
    from gan_tui.runs.run import Run

LOG_LINES: Final = 12
"""Last lines of the log that are looked at and shown."""


def seconds_since(snapshot: Snapshot, step: int) -> float | None:
    """Seconds of training since that step, read off the history."""
    series, tick = snapshot.series, snapshot.telemetry
    if tick is None or not len(series) or step < series.step[0]:
        return None
    place = int(series.step.searchsorted(step, "right")) - 1
    return max(0.0, tick.elapsed - float(series.time[place]))


def death_of(run: Run, returncode: int | None, log_from: int, snapshot: Snapshot) -> tuple[Death, str]:
    """What happened, what is safe, what is lost; and the event's words.

    Args:
        run: whose trainer.
        returncode: its exit status, negative for a signal; None where it was not our child.
        log_from: bytes of the log that an earlier trainer wrote.
        snapshot: what was known last.
    """
    log = tuple(tail_log(run, min(LOG_LINES, _lines_after(run, log_from))))
    cause = cause_of_death(returncode, log)
    whole = [info for info in list_checkpoints(run, previews=False) if not info.problem]
    last = next((info for info in whole if info.latest), whole[0] if whole else None)
    step = 0 if snapshot.telemetry is None else snapshot.telemetry.step
    lost = step if last is None else max(0, step - last.step)
    seconds = seconds_since(snapshot, 0 if last is None else last.step) or 0.0
    if last is None:
        safe = "no checkpoint was saved yet" if step else "nothing was trained yet"
    elif lost:
        safe = f"all but the last {'step is' if lost == 1 else f'{count(lost)} steps are'} safe"
    else:
        safe = f"step {count(last.step)} is safe"
    death = Death(
        what=cause.what,
        sentence=f"{cause.sentence.rstrip('.')}; {safe}",
        safe=None if last is None else last.name,
        safe_step=0 if last is None else last.step,
        lost_steps=lost,
        lost_seconds=seconds if lost else 0.0,
        log=log,
        clock=time.strftime("%H:%M:%S"),
    )
    return death, cause.event


def failed_start(why: str) -> Death:
    """The trainer could not be started at all."""
    return Death(
        what=why,
        sentence=why,
        safe=None,
        safe_step=0,
        lost_steps=0,
        lost_seconds=0.0,
        log=(),
        clock=time.strftime("%H:%M:%S"),
    )


def _lines_after(run: Run, offset: int) -> int:
    """How many lines of the log stand after this byte, as far as they matter; all where it was cut since."""
    try:
        with run.log_path.open("rb") as file:
            file.seek(offset if offset <= os.fstat(file.fileno()).st_size else 0)
            return file.read(1 << 20).count(b"\n") + 1
    except OSError:
        return 0
