"""``gan-tui run``: start a trainer, and watch it."""

from pathlib import Path
from typing import Any

import click

from gan_tui.cli.options import GroupedCommand, field_options
from gan_tui.config.errors import UsageError
from gan_tui.config.fields import to_values
from gan_tui.config.paths import runs_dir as resolve_runs_dir
from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine, read_toml
from gan_tui.runs.checkpoints import resolve_checkpoint
from gan_tui.runs.lock import is_live
from gan_tui.runs.run import Run, create_run, run_of_checkpoint


def start_or_resume(
    options: dict[str, Any],
    config_file: str | None,
    name: str | None,
    runs_dir: str | None,
    resume: str | None,
) -> tuple[Run, Path | None]:
    """The run to train and the checkpoint to take up (None: from the beginning).

    A checkpoint inside a run's folder goes on in that folder; one from elsewhere begins a run of its own.

    Raises:
        UsageError: mistakes in the settings, all at once.
        RunError: there is no such run or checkpoint, or it is being trained already.
    """
    folder = resolve_runs_dir(runs_dir)
    given = _absolute({key: value for key, value in options.items() if value is not None})
    file_name = config_file or ""
    file = _absolute(read_toml(Path(config_file))) if config_file else {}
    wanted = {**file, **given}
    if resume is None:
        return create_run(_checked(given, file, file_name), folder, name, wanted), None
    checkpoint = resolve_checkpoint(resume, folder)
    owner = run_of_checkpoint(checkpoint)
    if owner is None:
        config = _checked({**_settings_in(checkpoint), **wanted}, {}, file_name)
        return create_run(config, folder, name, wanted, resume=str(checkpoint)), checkpoint
    if is_live(owner):
        raise UsageError(f"{owner.name} is being trained; watch it with: gan-tui attach {owner.name}")
    if name is not None and name != owner.name:
        raise UsageError(f"--name: {owner.name} goes on under its own name; leave --name away")
    _same_networks(owner, wanted)
    if wanted:
        config = _checked({**owner.manifest().config, **wanted}, {}, file_name)
        owner.update_manifest(config=to_values(config), given={**owner.manifest().given, **wanted})
    return owner, checkpoint


def _same_networks(run: Run, wanted: dict[str, Any]) -> None:
    """A checkpoint's networks cannot become others.

    Raises:
        UsageError: another recipe or pair was asked for.
    """
    config = run.manifest().config
    for field in ("recipe", "networks"):
        if field in wanted and wanted[field] != config.get(field):
            raise UsageError(
                f"--{field}: {run.name} is trained by {config.get(field)!r}; start a run of its own for "
                f"{wanted[field]!r}, or leave --{field} away"
            )


def _absolute(values: dict[str, Any]) -> dict[str, Any]:
    """The run's data, findable from any folder that it is resumed from."""
    data = values.get("data")
    if not isinstance(data, str) or not data or not _is_there(data):
        return values
    return {**values, "data": str(Path(data).expanduser().absolute())}


def _is_there(data: str) -> bool:
    try:
        return Path(data).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # a forbidden folder, an unknown home, a zero byte
        return False


def _checked(given: dict[str, Any], file: dict[str, Any], file_name: str) -> RunConfig:
    """Settings to train by; data that is not there is told with all other mistakes, before a file is written.

    Raises:
        UsageError: every mistake.
    """
    mistakes, config = [], None
    try:
        config = combine(given, file, file_name)
    except UsageError as error:
        mistakes.append(str(error))
    data = {**file, **given}.get("data")
    if isinstance(data, str) and not _is_there(data):
        from gan_tui.data import SOURCES  # noqa: PLC0415 - only where no such path is there

        if data not in {*SOURCES, "sample"}:
            mistakes.append(
                f"--data: there is no {data}, nor a set of that name ({', '.join(SOURCES)}, sample)"
            )
    if config is None or mistakes:
        raise UsageError("; ".join(mistakes))
    return config


def _settings_in(checkpoint: Path) -> dict[str, Any]:
    from gan_tui.runs.checkpoints import read_header  # noqa: PLC0415 - only for checkpoints from elsewhere

    return read_header(checkpoint).config


def _run(
    config: str | None,
    name: str | None,
    runs_dir: str | None,
    resume: str | None,
    headless: bool,
    ascii: bool,  # noqa: A002 - the option's name
    **options: Any,
) -> int:
    """Train a GAN and watch it; b leaves it running, q asks."""
    if not headless:
        from gan_tui.cli.terminal import require_terminal  # noqa: PLC0415 - not for headless runs

        require_terminal("give --headless to train without one")
    run, checkpoint = start_or_resume(options, config, name, runs_dir, resume)
    if headless:
        from gan_tui.cli.headless import train_headless  # noqa: PLC0415 - the viewer's start must not wait for it

        return train_headless(run, checkpoint)
    from gan_tui.viewer.run_viewer import view  # noqa: PLC0415 - headless runs need no Textual

    return view(run, start=True, resume=checkpoint, ascii_only=ascii)


command = GroupedCommand(
    name="run",
    callback=_run,
    help=_run.__doc__,
    params=[
        *field_options(),
        click.Option(["--config"], metavar="FILE.toml", help="settings from a file; options overrule it"),
        click.Option(["--name"], metavar="NAME", help="name of the run  [recipe-MMDD]"),
        click.Option(
            ["--runs-dir"], metavar="DIR", help="folder of runs  [$GAN_TUI_RUNS_DIR or ./checkpoints]"
        ),
        click.Option(
            ["--resume"], metavar="CHECKPOINT|RUN", help="go on from a checkpoint, or a run's latest"
        ),
        click.Option(["--headless"], is_flag=True, help="no screen: progress, and at the end the run's path"),
        click.Option(["--ascii"], is_flag=True, help="ASCII characters alone"),
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)
