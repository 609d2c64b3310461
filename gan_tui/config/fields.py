"""The settings' fields as data, for options, help and completion; values from outside, checked together."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from gan_tui.config.errors import UsageError
from gan_tui.config.run_config import RunConfig


class ConfigError(UsageError):
    """Values that are no settings; the sentence names every mistake."""


@dataclass(frozen=True)
class Field:
    """One setting.

    Attributes:
        name: as in Python and TOML; the option has dashes.
        kind: its type without None: int, float, bool or str.
        choices: what it may be, where that is a fixed list.
        description, group, default: as the settings have them.
        annotation: the whole type with its bounds.
    """

    name: str
    kind: type
    choices: tuple[str, ...]
    description: str
    group: str
    default: Any
    annotation: Any


@cache
def fields() -> Mapping[str, Field]:
    """Every setting, in order."""
    return {field.name: _field(field) for field in msgspec.structs.fields(RunConfig)}


def read_values(values: Mapping[str, Any], name: Callable[[str], str] = str) -> RunConfig:
    """Settings from values of any origin; text is converted, absent fields keep their defaults.

    Args:
        values: field name → value.
        name: how to call a field in a message.

    Raises:
        ConfigError: with every mistake found, parted by semicolons.
    """
    good: dict[str, Any] = {}
    mistakes: list[str] = []
    for key, value in values.items():
        field = fields().get(key)
        if field is None:
            mistakes.append(f"{name(key)}: there is no such setting")
            continue
        try:
            good[key] = _convert(value, field)
        except msgspec.ValidationError as error:
            expected = f"expected {', '.join(field.choices)}" if field.choices else _plain(str(error))
            mistakes.append(f"{name(key)}: {expected} (found {value!r})")
    if good.get("d_steps", 1) == 0 and good.get("g_steps", 1) == 0:
        mistakes.append("d_steps and g_steps cannot both be 0")
    if mistakes:
        raise ConfigError("; ".join(mistakes))
    return RunConfig(**good)


def to_values(config: RunConfig) -> dict[str, Any]:
    """Every field as JSON has it; :func:`read_values` gives the same settings back."""
    return {field: getattr(config, field) for field in fields()}


def _plain(complaint: str) -> str:
    """A complaint of msgspec's in a user's words: what was expected."""
    expected = complaint.partition(", got ")[0]
    for theirs, ours in (
        ("`int`", "a whole number"),
        ("`float`", "a number"),
        ("`str`", "text"),
        ("`bool`", "yes or no"),
    ):
        expected = expected.replace(theirs, ours)
    return expected[:1].lower() + expected[1:]


def _convert(value: Any, field: Field) -> Any:
    if isinstance(value, bool) and field.kind is not bool:
        raise msgspec.ValidationError(f"Expected `{field.kind.__name__}`, got `bool`")
    converted = msgspec.convert(value, field.annotation, strict=False)
    if isinstance(converted, float) and not math.isfinite(converted):
        raise msgspec.ValidationError("Expected a finite number")
    return converted


def _field(field: msgspec.structs.FieldInfo) -> Field:
    plain, meta = get_args(field.type)
    kinds = [part for part in get_args(plain) if part is not type(None)] if get_args(plain) else [plain]
    literal = get_origin(plain) is Literal
    extra = meta.extra or {}
    choices = tuple(str(kind) for kind in kinds) if literal else tuple(extra.get("choices", ()))
    return Field(
        name=field.name,
        kind=str if literal else _bare(kinds[0]),
        choices=choices,
        description=meta.description or "",
        group=extra.get("group", "run"),
        default=field.default,
        annotation=field.type,
    )


def _bare(kind: Any) -> type:
    """The type under its bounds."""
    bare: type = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return bare
