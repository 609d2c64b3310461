"""``gan-tui bench``: this machine, and our step beside other ways to train the same networks."""

import shlex
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from gan_tui.bench.commit import commit_of
from gan_tui.bench.deadline import Deadline
from gan_tui.bench.messages import Message, Said
from gan_tui.bench.plan import (
    BUDGET,
    QUICK_BUDGET,
    QUICK_SECONDS,
    RATIO_KEYS,
    RECIPE_ORDER,
    VIEWER_BUDGET,
    Options,
    make_plan,
)
from gan_tui.bench.report import Collector, Report
from gan_tui.bench.supervise import Supervisor
from gan_tui.config.errors import GanTuiError, UsageError
from gan_tui.config.sources import combine
from gan_tui.runs.atomic import atomic_write

ENDED: Final = 143
"""Exit status after SIGTERM, as shells have it."""


@click.command(name="bench")
@click.option("--quick", is_flag=True, help="end within three minutes: steps alone, the most important first")
@click.option("--json", "as_json", is_flag=True, help="an object, for scripts")
@click.option(
    "--recipe", "recipes", multiple=True, metavar="NAME", help="of this recipe; may be repeated  [all]"
)
@click.option("--peers", metavar="NAME,NAME", help=f"compare with these: {', '.join(RATIO_KEYS)}  [all]")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="S",
    help=f"how long each comparison's turns may take  [{BUDGET:g}; quick: {QUICK_BUDGET:g}]",
)
@click.option(
    "--threads",
    type=click.IntRange(0, 1024),
    default=0,
    metavar="N",
    help="processor threads of everybody  [what suits each best]",
)
@click.option(
    "--device", type=click.Choice(["auto", "cuda", "cpu", "mps"]), default="auto", help="where to train"
)
@click.option("--data", type=click.Path(), help="file or folder with images  [as for run]")
@click.option(
    "--set", "values", multiple=True, metavar="FIELD=VALUE", help="a setting for all recipes, as d_batch=8"
)
@click.option("--no-sweep", is_flag=True, help="the recipes' own D:G alone, not 1:5 to 5:1 as well")
@click.option(
    "--steps-only",
    is_flag=True,
    help=f"compare steps alone: no growth, no starts, no viewer (which takes {VIEWER_BUDGET:g} s)",
)
@click.option("--out", type=click.Path(dir_okay=False), help="write the object to this file, too")
@click.option("--ascii", "ascii_only", is_flag=True, help="ASCII characters alone")
def command(**given: Any) -> None:
    """Measure this machine: our step beside the article's loop, PyTorch and JAX.

    All take turns in one process, and ratios are those of neighbouring turns. Progress goes to standard
    error, the result alone to standard output.

    On two cores the whole takes about three quarters of an hour: ten minutes for the recipes' own D:G, twenty
    for the others, a quarter of an hour for growth, starts and the viewer's cost.
    """
    options = _options(given)
    out = Path(given["out"]) if given["out"] else None
    if out is not None:
        _check_writable(out)
    commit = commit_of()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))
    start = time.monotonic()
    collector = Collector(options.recipes, commit)

    def take(message: Message) -> None:
        collector.take(message)
        if isinstance(message, Said):
            click.echo(f"{time.monotonic() - start:6.1f} s  {message.text}", err=True)

    deadline = Deadline(QUICK_SECONDS if options.quick else None)
    Supervisor(options, deadline, take).run(make_plan(options))
    shown = "gan-tui " + shlex.join(sys.argv[1:])
    report = collector.report(shown, time.monotonic() - start)
    text = msgspec.json.format(msgspec.json.encode(report), indent=2)
    try:
        if given["as_json"]:
            click.echo(text)
        else:
            click.echo(_table(report, given["ascii_only"]), nl=False)
    finally:
        # Whichever of the two fails, the other has what took an hour.
        if out is not None:
            _write(out, text)


def _options(given: dict[str, Any]) -> Options:
    """What was asked for, checked.

    Raises:
        UsageError: a name or a setting that there is not.
    """
    peers = tuple(RATIO_KEYS)
    if given["peers"] is not None:
        peers = tuple(name for name in given["peers"].split(",") if name)
        unknown = [name for name in peers if name not in RATIO_KEYS]
        if unknown:
            raise UsageError(f"--peers: there is no {unknown[0]!r}; there are {', '.join(RATIO_KEYS)}")
    values: dict[str, Any] = {}
    for text in given["values"]:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--set takes FIELD=VALUE, as d_batch=8 (found {text!r})")
        values[name.strip().replace("-", "_")] = value.strip()
    recipes = given["recipes"] or RECIPE_ORDER
    for recipe in recipes:
        config = combine({"recipe": recipe}, values, "--set")
        values = {name: getattr(config, name) for name in values}
    return Options(
        quick=given["quick"],
        recipes=tuple(dict.fromkeys(recipes)),
        peers=peers,
        seconds=given["seconds"] or (QUICK_BUDGET if given["quick"] else BUDGET),
        threads=given["threads"],
        device=given["device"],
        data=given["data"],
        sweep=not given["no_sweep"],
        extras=not given["steps_only"],
        values=values,
    )


def _table(report: Report, ascii_only: bool) -> str:
    from gan_tui.bench.table import render  # noqa: PLC0415 - JSON needs no rich

    return render(report, ascii_only)


def _check_writable(path: Path) -> None:
    """Refuse at once what could not be written after an hour.

    Raises:
        GanTuiError: the file's folder is not there, or no file can be made in it.
    """
    try:
        with tempfile.TemporaryFile(dir=path.absolute().parent):
            pass
    except OSError as error:
        raise GanTuiError(f"{path} cannot be written: {error.strerror}; nothing was measured") from error


def _write(path: Path, text: bytes) -> None:
    try:
        atomic_write(path, lambda file: file.write(text + b"\n"))
    except OSError as error:
        raise GanTuiError(f"{path} cannot be written: {error.strerror}; what was printed is all") from error
