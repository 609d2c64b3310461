"""The user's own preferences: theme, drawing mode, keys. One TOML file in the configuration folder."""

import os
import tomllib
from pathlib import Path

import msgspec

from gan_tui.config.errors import UsageError
from gan_tui.config.paths import config_dir


class UserSettings(msgspec.Struct, frozen=True):
    """Preferences that outlive a run.

    Attributes:
        theme: name of a viewer theme, or None for the one that suits the terminal.
        mode: name of a drawing mode, or "auto".
        keys: binding id → keys, comma-separated, as ``set_keymap`` takes them ("run.pause" = "p").
        hint_seen: the first-run hint has been answered by a key.
    """

    theme: str | None = None
    mode: str = "auto"
    keys: dict[str, str] = msgspec.field(default_factory=dict)
    hint_seen: bool = False


def settings_file() -> Path:
    """Where the preferences are."""
    return config_dir() / "settings.toml"


def load_settings() -> UserSettings:
    """The user's preferences; defaults where there is no file.

    Raises:
        UsageError: the file is there and cannot be understood.
    """
    path = settings_file()
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), UserSettings)
    except FileNotFoundError:
        return UserSettings()
    except (OSError, ValueError, msgspec.ValidationError) as error:
        first = str(error).splitlines()[0]
        raise UsageError(
            f"{path} cannot be understood ({first}); mend or delete it, runs are not touched"
        ) from error


def save_settings(settings: UserSettings) -> None:
    """Write the preferences: temporary name, fsync, rename."""
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    if settings.theme is not None:
        lines.append(f"theme = {_quote(settings.theme)}")
    lines += [f"mode = {_quote(settings.mode)}", f"hint_seen = {str(settings.hint_seen).lower()}"]
    if settings.keys:
        lines += ["", "[keys]"] + [f"{_quote(name)} = {_quote(keys)}" for name, keys in settings.keys.items()]
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _quote(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else "\\" + c if c in '"\\' else c for c in text
    )
    return f'"{escaped}"'
