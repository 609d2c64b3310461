"""What ``gan-tui runs`` tells of each run, from its folder alone."""

import datetime as dt
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from gan_tui.config.paths import runs_dir as resolve_runs_dir
from gan_tui.link.messages import RunState
from gan_tui.runs.checkpoints import latest_checkpoint
from gan_tui.runs.errors import RunError
from gan_tui.runs.history import HistoryReader, StatusRow
from gan_tui.runs.index import known_runs, runs_in
from gan_tui.runs.lock import is_live
from gan_tui.runs.manifest import Manifest
from gan_tui.runs.run import Run

GRACE: Final = 15.0
"""Seconds that a new run's trainer has to take its lock before the run counts as crashed."""


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One run; the fields, in this order, are what scripts get from ``runs --json``.

    Attributes:
        path: the folder. ratio: D and G updates in one step. pid: the live trainer's, else None.
        checkpoint: path of the latest checkpoint, or None. started_at, updated_at: ISO 8601, UTC.
    """

    name: str
    path: str
    state: RunState
    step: int = 0
    d_updates: int = 0
    g_updates: int = 0
    steps_per_second: float = 0.0
    ratio: tuple[int, int] = (1, 1)
    recipe: str = ""
    device: str = ""
    pid: int | None = None
    viewers: int = 0
    checkpoint: str | None = None
    started_at: str | None = None
    updated_at: str | None = None


def summaries(runs_dir: str | Path | None = None) -> list[RunSummary]:
    """Every run, last active first; those that cannot be read are left out.

    Args:
        runs_dir: look there alone; None: all that the index knows, and the usual folder.
    """
    paths = runs_in(resolve_runs_dir(runs_dir)) if runs_dir else known_runs(resolve_runs_dir())
    runs = sorted((Run(path) for path in paths), key=Run.active_at, reverse=True)
    found = []
    for run in runs:
        try:
            found.append(summary(run))
        except RunError:
            continue
    return found


def summary(run: Run) -> RunSummary:
    """One run.

    Raises:
        RunError: its manifest cannot be read.
    """
    live = is_live(run)
    manifest = run.manifest()
    try:
        row = HistoryReader(run).status()
    except RunError:
        row = None
    state = state_of(live, manifest, row)
    status = row.status if row else None
    telemetry = row.telemetry if row else None
    latest = latest_checkpoint(run)
    ratio = (
        (status.settings.d_steps, status.settings.g_steps)
        if status
        else (_count(manifest.config.get("d_steps")), _count(manifest.config.get("g_steps")))
    )
    return RunSummary(
        name=run.name,
        path=str(run.path),
        state=state,
        step=telemetry.step if telemetry else 0,
        d_updates=telemetry.d_updates if telemetry else 0,
        g_updates=telemetry.g_updates if telemetry else 0,
        steps_per_second=telemetry.steps_per_second if telemetry and state == "training" else 0.0,
        ratio=ratio,
        recipe=(status.recipe if status else "") or manifest.recipe,
        device=status.device if status else str(manifest.config.get("device", "")),
        pid=manifest.pid if live else None,
        viewers=telemetry.viewers if telemetry and live else 0,
        checkpoint=str(latest) if latest else None,
        started_at=_iso(manifest.started_at or manifest.created_at),
        updated_at=_iso(row.time if row else run.active_at()),
    )


def state_of(live: bool, manifest: Manifest, row: StatusRow | None) -> RunState:
    """The state that a run is really in: what was written last, and whether a trainer holds it.

    Args:
        live: a trainer holds the run.
        manifest: names that trainer.
        row: what was written last, perhaps by an earlier trainer.
    """
    status = row.status if row else None
    if live:
        earlier = status is not None and status.pid and manifest.pid and status.pid != manifest.pid
        if status is None or earlier or status.state in {"stopped", "crashed"}:
            return "starting"
        return status.state
    if status is not None and status.state in {"finished", "stopped"}:
        return status.state
    if status is None and time.time() - manifest.created_at < GRACE:
        return "starting"
    return "crashed"


def as_dict(one: RunSummary) -> dict[str, Any]:
    """The object of ``runs --json``: the fields of DESIGN section 8, ratio as ``[d, g]``."""
    return dict(msgspec.to_builtins(one))


def _count(value: object) -> int:
    return value if isinstance(value, int) else 1


def _iso(when: float) -> str | None:
    try:
        return dt.datetime.fromtimestamp(when, dt.UTC).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return None
