"""Options made from the fields of :class:`~gan_tui.config.run_config.RunConfig`, grouped in the help."""

import types
from typing import Any, Final, Literal, Union, get_args, get_origin

import click
from click.shell_completion import CompletionItem
from pydantic.fields import FieldInfo

from gan_tui.config.recipes import RECIPES
from gan_tui.config.run_config import AUTO, RunConfig

GROUPS: Final = {
    "run": "Run",
    "model": "Networks and noise",
    "training": "Training",
    "watching": "Watching and keeping",
    "program": "Program",
}
"""Field group → heading in the help, in order."""


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

    def __init__(self, name: str, field: FieldInfo) -> None:
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        self.group = str(extra.get("group", "run"))
        dashed = name.replace("_", "-")
        flag = field.annotation is bool
        default = field.default
        shown = "" if default is None or name == "recipe" or flag else f"  [{default}]"
        chosen = f"  [{'on' if default else 'off'}]" if flag else shown
        super().__init__(
            [f"--{dashed}/--no-{dashed}" if flag else f"--{dashed}", name],
            default=None,
            help=f"{field.description}{chosen}",
            metavar=None if flag else _metavar(field.annotation, name),
            shell_complete=None if flag else _completer(field.annotation, name),
        )


def field_options() -> list[click.Option]:
    """One option a field, in the order of the settings."""
    return [FieldOption(name, field) for name, field in RunConfig.model_fields.items()]


def _plain(annotation: Any) -> Any:
    if get_origin(annotation) in {Union, types.UnionType}:
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _choices(annotation: Any, name: str) -> list[str]:
    if name == "recipe":
        return [AUTO, *RECIPES]
    plain = _plain(annotation)
    return [str(choice) for choice in get_args(plain)] if get_origin(plain) is Literal else []


def _metavar(annotation: Any, name: str) -> str:
    choices = _choices(annotation, name)
    if choices:
        return "|".join(choices)
    if name == "data":
        return "PATH"
    plain = _plain(annotation)
    return "N" if plain is int else "X" if plain is float else "NAME"


def _completer(annotation: Any, name: str) -> Any:
    if name == "data":
        return lambda _ctx, _param, incomplete: [CompletionItem(incomplete, type="file")]
    choices = _choices(annotation, name)
    return lambda _ctx, _param, incomplete: [c for c in choices if c.startswith(incomplete)]
