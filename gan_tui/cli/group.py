"""The table of commands. Each is imported when it is called, so that none waits for another's imports."""

import importlib
from typing import Final

import click

from gan_tui import __version__

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "run": ("gan_tui.cli.run", "train and watch (the default command)"),
    "attach": ("gan_tui.cli.attach", "watch and steer a run again"),
    "runs": ("gan_tui.cli.runs", "list runs: live, finished, stopped, crashed"),
    "stop": ("gan_tui.cli.stop", "end a run with a checkpoint"),
    "sample": ("gan_tui.cli.sample", "draw samples from a checkpoint"),
    "data": ("gan_tui.cli.data", "look at a data set, or fetch one"),
    "bench": ("gan_tui.cli.bench", "measure this machine, and our step beside others"),
    "completion": ("gan_tui.cli.completion", "print a shell's completion script"),
}
"""Command name → module that has it under ``command``, and its line in the help."""


class CommandLine(click.Group):
    """``gan-tui``: a group whose default command is ``run``."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name=name,
            help="Watch, steer and trust a GAN while it trains, in a terminal.\n\n"
            "Without a command: run. All its options: gan-tui run --help",
            params=[click.Option(["--version"], is_flag=True, help="print the version and end")],
            invoke_without_command=True,
            context_settings={"help_option_names": ["-h", "--help"]},
        )

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import the command's module."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name][0]}.command is no command")
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``run`` first where no command was named."""
        own = {"-h", "--help", "--version"}
        # A shell that completes asks about words that are not whole yet: there nothing is put first.
        if not ctx.resilient_parsing and (not args or (args[0].startswith("-") and args[0] not in own)):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Print the version, or call the command."""
        if ctx.params.get("version"):
            click.echo(f"gan-tui {__version__}")
            return 0
        return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List commands from the table, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])
