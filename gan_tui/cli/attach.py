"""``gan-tui attach``: come back to a run."""

import click

from gan_tui.cli.references import complete_runs, runs_dir_option
from gan_tui.cli.terminal import require_terminal
from gan_tui.config.paths import runs_dir as resolve_runs_dir
from gan_tui.runs.run import find_run


@click.command(name="attach")
@click.argument("run", required=False, metavar="[RUN]", shell_complete=complete_runs)
@runs_dir_option()
@click.option("--ascii", is_flag=True, help="ASCII characters alone")
def command(run: str | None, runs_dir: str | None, ascii: bool) -> int:  # noqa: A002 - the option's name
    """Watch and steer RUN (a name, a path, or nothing for the newest)."""
    require_terminal("gan-tui runs lists runs anywhere")
    found = find_run(run, resolve_runs_dir(runs_dir))
    from gan_tui.viewer.run_viewer import view  # noqa: PLC0415 - mistakes are told before Textual is loaded

    return view(found, start=False, resume=None, ascii_only=ascii)
