"""From arguments to an exit status: every failure becomes one sentence on stderr."""

import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from gan_tui.cli.group import CommandLine
from gan_tui.config.errors import GanTuiError

INTERRUPTED: Final = 130
"""Exit status after Ctrl+C, as shells have it."""


def run_command_line(arguments: Sequence[str]) -> int:
    """Run one command; returns 0, 1 (failed), 2 (usage) or 130 (Ctrl+C)."""
    try:
        result = CommandLine(name="gan-tui").main(
            args=list(arguments), prog_name="gan-tui", standalone_mode=False
        )
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", INTERRUPTED)
    except click.ClickException as error:
        return _say(error.format_message(), 2)
    except GanTuiError as error:
        return _say(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader of our output left; Python must not complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return result if isinstance(result, int) else 0


def _say(sentence: str, status: int) -> int:
    one_line = " ".join(sentence.split())
    click.echo(f"gan-tui: {''.join(c if c.isprintable() else '?' for c in one_line)}", err=True)
    return status
