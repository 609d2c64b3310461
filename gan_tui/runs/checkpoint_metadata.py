"""What a checkpoint says about itself, in safetensors' map of strings.

``format``: :data:`FORMAT`. ``step``: decimal. ``who``: "auto" or "you". ``label``: the user's name, or a
reason such as "before G steps 2". ``kept``: "true" where the keep policy must never delete it. ``time``: Unix
seconds. ``digits``, ``classes``: how many classes the judge last saw, of how many; absent before. ``losses``:
JSON object with ``d`` and ``g``. ``counters``, ``config``, ``settings``: JSON objects of the training engine.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

FORMAT: Final = "gan-tui checkpoint 1"
_FORMAT_STEM: Final = "gan-tui checkpoint "


class CheckpointMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a checkpoint says of itself, see the module; ``d_loss`` and ``g_loss`` make ``losses``."""

    step: int
    time: float
    who: str = "auto"
    label: str = ""
    kept: bool = False
    digits: int | None = None
    classes: int | None = None
    d_loss: float | None = None
    g_loss: float | None = None
    counters: dict[str, Any] = {}
    config: dict[str, Any] = {}
    settings: dict[str, Any] = {}

    def to_strings(self) -> dict[str, str]:
        """As safetensors stores it."""
        strings = {
            "format": FORMAT,
            "step": str(self.step),
            "time": repr(self.time),
            "who": self.who,
            "label": self.label,
            "kept": "true" if self.kept else "false",
            "losses": _json({"d": self.d_loss, "g": self.g_loss}),
            "counters": _json(self.counters),
            "config": _json(self.config),
            "settings": _json(self.settings),
        }
        for name in ("digits", "classes"):
            value = getattr(self, name)
            if value is not None:
                strings[name] = str(value)
        return strings

    @staticmethod
    def from_strings(strings: Mapping[str, str]) -> "CheckpointMetadata":
        """Read it back.

        Raises:
            ValueError: it is no checkpoint of ours, of a newer version, or not as the module says.
        """
        form = strings.get("format", "")
        if form != FORMAT:
            newer = form.startswith(_FORMAT_STEM)
            raise ValueError(
                "it was written by a newer gan-tui"
                if newer
                else "it was not written by gan-tui as a checkpoint"
            )
        losses = msgspec.json.decode(strings.get("losses") or "{}", type=dict[str, float | None])
        step, when = int(strings.get("step", "")), float(strings.get("time", "0"))
        if not (0 <= step < 2**63 and abs(when) < 1e12):  # NaN too
            raise ValueError("its step or time is out of range")
        return CheckpointMetadata(
            step=step,
            time=when,
            who=_line(strings.get("who", "auto")),
            label=_line(strings.get("label", "")),
            kept=strings.get("kept") in {"true", "1", "True"},
            digits=_count(strings.get("digits")),
            classes=_count(strings.get("classes")),
            d_loss=losses.get("d"),
            g_loss=losses.get("g"),
            counters=_object(strings.get("counters")),
            config=_object(strings.get("config")),
            settings=_object(strings.get("settings")),
        )


def _json(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


def _object(text: str | None) -> dict[str, Any]:
    return msgspec.json.decode(text or "{}", type=dict[str, Any])


def _count(text: str | None) -> int | None:
    return int(text) if text and text != "null" else None


def _line(text: str) -> str:
    """What a terminal can show of it."""
    return "".join(character if character.isprintable() else " " for character in text)[:200]
