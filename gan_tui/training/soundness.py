"""A loss that is not finite ends the game: pause, say so, and save nothing from then on."""

import math
from collections.abc import Callable

from gan_tui.link.messages import Health, Moments, Telemetry
from gan_tui.training.board import Board
from gan_tui.training.clock import Stopwatch


def not_finite(telemetry: Telemetry) -> str | None:
    """Whose loss is not finite: "D", "G", or None."""

    def broken(moments: Moments | None) -> bool:
        return moments is not None and not math.isfinite(moments.mean)

    if broken(telemetry.d_real) or broken(telemetry.d_fake):
        return "D"
    return "G" if broken(telemetry.g) else None


class Soundness:
    """Knows whether the state may be saved.

    Args:
        words: the alarm for a network's letter, the step since when, and the step that is safe, or None.

    Attributes:
        broken: whether it may not.
    """

    def __init__(
        self, board: Board, watch: Stopwatch, words: Callable[[str, int, int | None], Health]
    ) -> None:
        self._board, self._watch, self._words = board, watch, words
        self._sound_step = 0
        self._network, self._since = "", 0

    @property
    def broken(self) -> bool:
        """Whether a loss is not finite."""
        return bool(self._network)

    def check(self, telemetry: Telemetry) -> None:
        """Look at a tick; at the first that is not finite, pause and raise the alarm."""
        network = not_finite(telemetry)
        if self.broken:
            return
        if network is None:
            self._sound_step = telemetry.step
            return
        self._network, self._since = network, min(telemetry.step, self._sound_step + 1)
        self._watch.halt()
        self._board.change(state="paused")
        text = f"{network}'s loss is not finite since step {self._since:,}"
        self._board.event(telemetry.step, "alarm", "alarm", text)
        self.tell()

    def tell(self) -> None:
        """Say the alarm's sentence, with the way back."""
        status = self._board.status
        safe = status.checkpoint_step if status.checkpoint else None
        self._board.tell(self._words(self._network, self._since, safe))

    def heal(self, step: int) -> None:
        """A sound state was restored."""
        self._network, self._sound_step = "", step
