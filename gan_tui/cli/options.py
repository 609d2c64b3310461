"""Options made from the fields of :class:`~gan_tui.config.run_config.RunConfig`, grouped in the help."""

from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from gan_tui.config.fields import Field, fields
from gan_tui.config.recipes import RECIPES
from gan_tui.config.run_config import AUTO

GROUPS: Final = {
    "run": "Run",
    "model": "Networks and noise",
    "training": "Training",
    "watching": "Watching and keeping",
    "program": "Program",
}
"""Field group → heading in the help, in order."""
METAVARS: Final[dict[str | type, str]] = {"data": "PATH", int: "N", float: "X", str: "NAME"}
"""How the help calls a value: by its field, else by its type."""


class GroupedCommand(click.Command):
    """A command whose help lists options under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list a group."""
        rows: dict[str, list[tuple[str, str]]] = {heading: [] for heading in GROUPS.values()}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                rows[GROUPS[getattr(parameter, "group", "program")]].append(record)
        for heading, records in rows.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)


class FieldOption(click.Option):
    """An option for one field. Its value stays text: the settings check all of them together."""

    def __init__(self, field: Field) -> None:
        self.group = field.group
        dashed = field.name.replace("_", "-")
        flag = field.kind is bool
        default = {True: "on", False: "off"}[field.default] if flag else field.default
        if any(field.name in recipe.values for recipe in RECIPES.values()):
            default = "the recipe's"
        shown = "" if default is None or field.name == "recipe" else f"  [{default}]"
        choices = [AUTO, *RECIPES] if field.name == "recipe" else list(field.choices)
        super().__init__(
            [f"--{dashed}/--no-{dashed}" if flag else f"--{dashed}", field.name],
            default=None,
            help=f"{field.description}{shown}",
            metavar=None if flag else "|".join(choices) or METAVARS.get(field.name) or METAVARS[field.kind],
            shell_complete=None if flag else _completer(field.name, choices),
        )


def field_options() -> list[click.Option]:
    """One option a field, in the order of the settings."""
    return [FieldOption(field) for field in fields().values()]


def _completer(name: str, choices: list[str]) -> Any:
    if name == "data":
        return lambda _ctx, _param, incomplete: [CompletionItem(incomplete, type="file")]
    return lambda _ctx, _param, incomplete: [c for c in choices if c.startswith(incomplete)]
