"""Put a run's settings together from recipe, file and options, and report every mistake at once."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_tui.config.errors import UsageError
from gan_tui.config.fields import ConfigError, fields, read_values
from gan_tui.config.recipes import RECIPES
from gan_tui.config.run_config import AUTO, RunConfig


def read_toml(path: Path) -> dict[str, Any]:
    """The keys of a ``--config`` file.

    Raises:
        UsageError: the file cannot be read or is no TOML.
    """
    try:
        keys = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; give --config a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no valid TOML ({error}); nothing was started") from error
    # Options have dashes, fields underscores: a file may have either.
    return {key.replace("-", "_"): value for key, value in keys.items()}


def combine(
    options: Mapping[str, Any], file: Mapping[str, Any] | None = None, file_name: str = ""
) -> RunConfig:
    """Defaults, then the recipe, then the file, then options: the later wins.

    Args:
        options: field name → value, only those that were given; strings are converted.
        file: the keys of a TOML file.
        file_name: what to call that file in a message.

    Raises:
        UsageError: with every mistake found, parted by semicolons.
    """
    given = {**(file or {}), **options}
    name = given.get("recipe", AUTO)
    mistakes: list[str] = []
    recipe: Mapping[str, Any] = {}
    if isinstance(name, str) and name in RECIPES:
        recipe = RECIPES[name].values
    elif name != AUTO:
        mistakes.append(f"recipe: there is no {name!r}; there are {', '.join(RECIPES)} and auto")
    for key in ("networks", "loss"):
        choices = fields()[key].choices
        if given.get(key, choices[0]) not in choices:
            called = _called(key, options, file_name)
            mistakes.append(f"{called}: expected {', '.join(choices)} (found {given[key]!r})")
    try:
        config = read_values({**recipe, **given}, lambda key: _called(key, options, file_name))
    except ConfigError as error:
        raise UsageError("; ".join([*mistakes, str(error)])) from error
    if mistakes:
        raise UsageError("; ".join(mistakes))
    return config


def apply_recipe(config: RunConfig, name: str, given: Mapping[str, Any]) -> RunConfig:
    """The same settings under the recipe that ``auto`` came to stand for; what the user gave stays."""
    return combine({**given, "recipe": name, "data": config.data})


def _called(key: str, options: Mapping[str, Any], file_name: str) -> str:
    if key in options:
        return f"--{key.replace('_', '-')}"
    return f"{file_name}: {key}" if file_name else key
