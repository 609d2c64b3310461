"""Arguments that name a run or a checkpoint, completed from the index of runs."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

Callback = TypeVar("Callback", bound=Callable[..., Any])


def complete_runs(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of this user's runs; a path is completed by the shell."""
    from gan_tui.runs.summary import summaries  # noqa: PLC0415 - only when the shell asks

    names = [summary.name for summary in summaries(None) if summary.name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def runs_dir_option() -> Callable[[Callback], Callback]:
    """``--runs-dir DIR``, the same in every command."""
    return click.option(
        "--runs-dir",
        metavar="DIR",
        default=None,
        help="folder of runs  [$GAN_TUI_RUNS_DIR or ./checkpoints]",
    )
