"""Change the live settings: step counts, learning rates, running average, samples a second."""

from typing import Final, Literal

import msgspec

from gan_tui.link.commands.base import Command, Effect, RefusedError, Steerable
from gan_tui.link.messages import Player

Parameter = Literal["d_steps", "g_steps", "d_lr", "g_lr", "ema", "samples_per_second"]

LABELS: Final[dict[str, str]] = {
    "d_steps": "D steps",
    "g_steps": "G steps",
    "d_lr": "D lr",
    "g_lr": "G lr",
    "ema": "EMA",
    "samples_per_second": "samples/s",
}
COUNTS: Final = frozenset({"d_steps", "g_steps", "samples_per_second"})
LIMITS: Final[dict[str, tuple[float, float]]] = {
    "d_steps": (0, 10),
    "g_steps": (0, 10),
    "samples_per_second": (0, 10),
    "d_lr": (1e-7, 1.0),
    "g_lr": (1e-7, 1.0),
    "ema": (0.0, 0.9999),
}


def words(parameter: str, value: float) -> str:
    """A value as an event says it: 2, 2.0e-4, 0.995."""
    if parameter in COUNTS:
        return f"{value:.0f}"
    if parameter == "ema":
        return f"{value:.4f}".rstrip("0").rstrip(".") if value else "0"
    return f"{value:.1e}".replace("e-0", "e-").removesuffix("e+00")


class Set(Command, frozen=True):
    """Set one live setting."""

    parameter: Parameter
    value: float

    def apply(self, trainer: Steerable) -> Effect:
        """Set it from the next update on.

        Raises:
            RefusedError: out of range, or both counts would be 0.
        """
        low, high = LIMITS[self.parameter]
        label = LABELS[self.parameter]
        if not low <= self.value <= high:
            raise RefusedError(
                f"{label} goes from {words(self.parameter, low)} to {words(self.parameter, high)}"
            )
        if self.parameter in COUNTS and self.value != int(self.value):
            raise RefusedError(f"{label} is a whole number")
        value = int(self.value) if self.parameter in COUNTS else float(self.value)
        old = getattr(trainer.settings, self.parameter)
        if old == value:
            return Effect()
        changed = msgspec.structs.replace(trainer.settings, **{self.parameter: value})
        if changed.d_steps == 0 and changed.g_steps == 0:
            raise RefusedError("D steps and G steps cannot both be 0")
        trainer.change(changed)
        player: Player = (
            "D" if self.parameter.startswith("d_") else "G" if self.parameter.startswith("g_") else ""
        )
        before, after = words(self.parameter, old), words(self.parameter, value)
        mark = (
            f"{player} {before}→{after}"
            if self.parameter in {"d_steps", "g_steps"}
            else label
            if player
            else ""
        )
        return Effect(text=f"{label} {before} → {after}", kind="setting", player=player, mark=mark)
