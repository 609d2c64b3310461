"""The live settings as STEER shows and changes them; a new one is a line in the table."""

import math
from dataclasses import dataclass
from typing import Final, Literal

from gan_tui.link.commands.settings import LABELS, LIMITS, Parameter
from gan_tui.link.messages import Player, Settings
from gan_tui.render import numbers

Form = Literal["count", "rate", "decay"]
_RATE_LOW, _RATE_HIGH = 1e-5, 1e-2
"""Ends of a learning rate's track; rates beyond them stand at an end."""
_DECAY_DECADES = 4
"""An EMA's track goes from 0 to 1 - 10^-4, logarithmic in its distance from 1."""
COUNT_HIGH: Final = 10


@dataclass(frozen=True)
class SteerParameter:
    """One row of STEER.

    Attributes:
        name: its field in ``Settings``, and its name in ``Set``.
        player: whose colour it wears. form: how it is written, drawn and changed.
        keys: letters that change it besides the arrows, as the row says them.
    """

    name: Parameter
    player: Player
    form: Form
    keys: str = ""

    @property
    def label(self) -> str:
        """As the row and events name it."""
        return LABELS[self.name]

    def value(self, settings: Settings) -> float:
        """The present value."""
        return float(getattr(settings, self.name))

    def words(self, value: float) -> str:
        """The value as written: ``2``, ``2.0e-4``, ``0.995``."""
        if self.form == "count":
            return f"{value:.0f}"
        return numbers.rate(value) if self.form == "rate" else numbers.decay(value)

    def share(self, value: float) -> float:
        """Where on its track the value stands, 0 to 1."""
        if self.form == "count":
            place = value / COUNT_HIGH
        elif self.form == "rate":
            place = math.log(max(value, 1e-12) / _RATE_LOW) / math.log(_RATE_HIGH / _RATE_LOW)
        else:
            place = -math.log10(max(1 - value, 1e-12)) / _DECAY_DECADES
        return min(1.0, max(0.0, place))

    def at(self, share: float) -> float:
        """The value that stands there on the track, two digits of a rate, three of EMA's distance from 1."""
        share = min(1.0, max(0.0, share))
        if self.form == "count":
            return self._within(round(share * COUNT_HIGH))
        if self.form == "rate":
            return self._within(float(f"{_RATE_LOW * (_RATE_HIGH / _RATE_LOW) ** share:.1e}"))
        return self._within(round(1 - float(f"{10 ** (-_DECAY_DECADES * share):.2e}"), 5))

    def changed(self, value: float, direction: int, coarse: bool = False) -> float:
        """The next value up (+1) or down (-1), within the limits.

        A count goes by 1 (coarse 3), a rate by a factor of 1.25 (2), an EMA's distance from 1 by 1.25 (2).
        """
        up = direction > 0
        if self.form == "count":
            step = 3 if coarse else 1
            return self._within(value + (step if up else -step))
        factor = 2.0 if coarse else 1.25
        if self.form == "rate":
            return self._within(float(f"{value * factor if up else value / factor:.3g}"))
        distance = (1 - value) / factor if up else (1 - value) * factor
        return self._within(round(1 - distance, 5))

    def _within(self, value: float) -> float:
        low, high = LIMITS[self.name]
        return min(high, max(low, value))


PARAMETERS: Final = (
    SteerParameter("d_steps", "D", "count", "d+ D-"),
    SteerParameter("g_steps", "G", "count", "g+ G-"),
    SteerParameter("d_lr", "D", "rate"),
    SteerParameter("g_lr", "G", "rate"),
    SteerParameter("ema", "", "decay"),
    SteerParameter("samples_per_second", "", "count"),
)
"""STEER's rows, from top to bottom."""
