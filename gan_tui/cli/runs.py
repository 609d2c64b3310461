"""``gan-tui runs``: what is there, and what it does."""

import datetime as dt
import json

import click

from gan_tui.cli.references import runs_dir_option


@click.command(name="runs")
@runs_dir_option()
@click.option("--json", "as_json", is_flag=True, help="a list of objects, for scripts")
def command(runs_dir: str | None, as_json: bool) -> None:
    """List this user's runs, newest first."""
    from gan_tui.runs.summary import as_dict, summaries  # noqa: PLC0415 - read when asked

    found = summaries(runs_dir)
    if as_json:
        click.echo(json.dumps([as_dict(summary) for summary in found], indent=2))
        return
    if not found:
        click.echo("no runs yet; gan-tui starts one")
        return
    from rich.console import Console  # noqa: PLC0415 - not for --json
    from rich.table import Table  # noqa: PLC0415 - not for --json

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("name", "state", "step", "steps/s", "D:G", "recipe", "device", "updated"):
        table.add_column(heading, justify="right" if heading in {"step", "steps/s"} else "left", no_wrap=True)
    for summary in found:
        table.add_row(
            summary.name,
            summary.state,
            f"{summary.step:,}",
            f"{summary.steps_per_second:.1f}" if summary.state == "training" else "",
            f"{summary.ratio[0]}:{summary.ratio[1]}",
            summary.recipe,
            summary.device,
            _here(summary.updated_at),
        )
    Console().print(table)


def _here(moment: str | None) -> str:
    """A moment in this machine's own time: 2026-11-24 09:31."""
    return f"{dt.datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}" if moment else ""
