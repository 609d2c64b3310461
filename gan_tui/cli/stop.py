"""``gan-tui stop``: end a run with a checkpoint, from anywhere."""

import time
from typing import Final

import click

from gan_tui.cli.references import complete_runs, runs_dir_option
from gan_tui.config.errors import GanTuiError
from gan_tui.config.paths import runs_dir as resolve_runs_dir
from gan_tui.link.client import Client
from gan_tui.link.commands import Stop
from gan_tui.link.messages import Goodbye, Refused
from gan_tui.runs.checkpoints import latest_checkpoint
from gan_tui.runs.lock import is_live
from gan_tui.runs.run import Run, find_run

PATIENCE: Final = 60.0
"""Seconds that a trainer has to save and end."""


def stop_run(run: Run, save: bool = True) -> str:
    """Ask the trainer to end and wait until it has; returns the sentence to print.

    Raises:
        GanTuiError: it did not end in a minute, or refused.
    """
    if not is_live(run):
        return f"{run.name} is not being trained; its checkpoints are in {run.checkpoints_dir}"
    said = "ended"
    client = Client(run.endpoints(), watching=False)
    deadline = time.monotonic() + PATIENCE
    try:
        asked = client.send(Stop(save=save))
        while time.monotonic() < deadline:
            for record in client.receive(timeout=0.2):
                if isinstance(record, Refused) and record.id == asked and is_live(run):
                    raise GanTuiError(f"{run.name} refused to stop: {record.because}")
                if isinstance(record, Goodbye):
                    said = record.text
                    deadline = min(deadline, time.monotonic() + 20)
            if not is_live(run):
                return _farewell(run, said)
    finally:
        client.close()
    pid = run.manifest().pid
    raise GanTuiError(
        f"{run.name} did not end within {PATIENCE:.0f} s; its last checkpoint is safe; "
        f"kill -TERM {pid} asks again"
    )


def _farewell(run: Run, said: str) -> str:
    """The trainer's own last words: it knows what was saved."""
    go_on = f". Go on: gan-tui --resume {run.name}" if latest_checkpoint(run) else "; it has no checkpoint"
    return f"{run.name} {said.rstrip('.')}{go_on}"


@click.command(name="stop")
@click.argument("run", required=True, shell_complete=complete_runs)
@runs_dir_option()
def command(run: str, runs_dir: str | None) -> None:
    """End RUN (a name or a path) with a checkpoint."""
    click.echo(stop_run(find_run(run, resolve_runs_dir(runs_dir))))
