"""The parts that steps are made of, each recorded once, when it is first needed."""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui.config.run_config import RunConfig
from gan_tui.training.game import Game
from gan_tui.training.graphs.kept import kept
from gan_tui.training.graphs.recorder import Recorder, Replay
from gan_tui.training.precision import Arithmetic


class Part(Enum):
    """What is done at once: an update of D, one of G, or one of each with the same fakes."""

    D = "D"
    G = "G"
    BOTH = "D and G"

    @property
    def counts(self) -> tuple[int, int]:
        """Updates of D and of G in it."""
        return int(self is not Part.G), int(self is not Part.D)


def plan(config: RunConfig, d_steps: int, g_steps: int) -> list[Part]:
    """The parts of a step: updates of D, then of G; where they share fakes, the last joins the first.

    Args:
        config: whose ``share_fakes`` and batches say whether they share: D's batch must be a part of G's.
        d_steps: updates of D, at present.
        g_steps: updates of G.
    """
    if config.share_fakes and config.g_batch >= config.d_batch and d_steps and g_steps:
        return [Part.D] * (d_steps - 1) + [Part.BOTH] + [Part.G] * (g_steps - 1)
    return [Part.D] * d_steps + [Part.G] * g_steps


def shares_fakes(config: RunConfig) -> bool:
    """Whether, at the configured D:G, the last D update looks at what the first G update learns from."""
    return Part.BOTH in plan(config, config.d_steps, config.g_steps)


class _Recorded(NamedTuple):
    replay: Replay
    indices: Tensor


class Parts:
    """The recorded parts of one game. A ratio is a sequence of them, so a new one records nothing anew.

    They are kept by arithmetic and configuration: a game that goes back to an earlier one finds its own.

    Args:
        game: whose updates are recorded. recorder: how.

    Attributes:
        count: recordings made so far.
    """

    def __init__(self, game: Game, recorder: Recorder) -> None:
        self._game = game
        self._recorder = recorder
        self._recorded: dict[tuple[Part, Arithmetic, RunConfig], _Recorded] = {}
        self.count = 0

    def prepare(self, part: Part) -> None:
        """Record a part now, if it is not recorded yet; the game's state is as before.

        Raises:
            RecordingError: the device does not take it.
        """
        self._find(part)

    def play(self, part: Part, take: Callable[[int], Tensor]) -> None:
        """Do a part.

        Args:
            part: which; it is recorded if it was not.
            take: gives the next so many indices of real images, int64; called where D is updated.

        Raises:
            RecordingError: the device does not take the recording; nothing has changed.
        """
        recorded = self._find(part)
        if part is not Part.G:
            recorded.indices.copy_(take(len(recorded.indices)))
        recorded.replay()

    def pace(self) -> None:
        """A step is about to be played."""
        self._recorder.pace()

    def _find(self, part: Part) -> _Recorded:
        game = self._game
        key = (part, game.precision, game.config)
        if key not in self._recorded:
            indices = torch.zeros(game.config.d_batch, dtype=torch.int64, device=game.device)
            generators = (game.latent.generator,)
            with kept(game.state(), generators):
                replay = self._recorder.record(lambda: self._work(part, indices), generators)
            self._recorded[key] = _Recorded(replay, indices)
            self.count += 1
        return self._recorded[key]

    def _work(self, part: Part, indices: Tensor) -> None:
        game = self._game
        match part:
            case Part.D:
                game.update_d(indices, game.detached_fakes(game.config.d_batch))
            case Part.G:
                game.update_g(game.fakes(game.config.g_batch))
            case Part.BOTH:
                fakes = game.fakes(game.config.g_batch)
                game.update_d(indices, fakes.head(game.config.d_batch))
                game.update_g(fakes)
        # Gradients lie in memory that the next replay may overwrite; nobody is to find them.
        game.clear_gradients()
