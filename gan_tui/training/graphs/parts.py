"""The parts of steps, each recorded once, when it is first needed, and joined to steps of any ratio."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor

from gan_tui.config.run_config import RunConfig
from gan_tui.training.game import Game
from gan_tui.training.graphs.inputs import Inputs
from gan_tui.training.graphs.kept import kept
from gan_tui.training.graphs.plan import Part
from gan_tui.training.graphs.recorder import Recorder, Recording, Replay
from gan_tui.training.precision import Arithmetic


class _Way(NamedTuple):
    """In which arithmetic and configuration something was recorded."""

    precision: Arithmetic
    config: RunConfig


class Parts:
    """The recorded parts of one game. A ratio is a sequence of them, so a new one records no part anew.

    They are kept by arithmetic and configuration: a game that goes back to an earlier one finds its own.

    Args:
        game: whose updates are recorded. recorder: how.

    Attributes:
        count: recordings made so far.
    """

    def __init__(self, game: Game, recorder: Recorder) -> None:
        self._game = game
        self._recorder = recorder
        self._inputs: dict[RunConfig, Inputs] = {}
        self._recorded: dict[tuple[Part, _Way], Recording] = {}
        self._joined: dict[tuple[tuple[Part, ...], _Way], Replay] = {}
        self.count = 0

    def prepare(self, parts: tuple[Part, ...]) -> None:
        """Record and join these parts now, where they are not yet; the game's state is as before.

        Raises:
            RecordingError: the device does not take it.
        """
        self._find(parts)

    def play(self, parts: tuple[Part, ...], take: Callable[[int], Tensor]) -> None:
        """Do some parts, one behind the other.

        Args:
            parts: which; what is not recorded yet is, and they are joined.
            take: gives the next so many indices of real images, int64; called for each update of D.

        Raises:
            RecordingError: the device does not take the recording; nothing has changed.
        """
        replay = self._find(parts)
        self._inputs[self._game.config].fill(parts, take)
        replay()

    def pace(self) -> None:
        """A step is about to be played."""
        self._recorder.pace()

    def _find(self, parts: tuple[Part, ...]) -> Replay:
        game = self._game
        way = _Way(game.precision, game.config)
        if (parts, way) not in self._joined:
            if way.config not in self._inputs:
                self._inputs[way.config] = Inputs(game)
            recordings = [self._recording(part, way) for part in parts]
            rewind = self._inputs[way.config].rewind
            self._joined[parts, way] = self._recorder.join(rewind, recordings)
        return self._joined[parts, way]

    def _recording(self, part: Part, way: _Way) -> Recording:
        if (part, way) not in self._recorded:
            inputs = self._inputs[way.config]
            inputs.rewind()
            with kept(self._game.state()):
                self._recorded[part, way] = self._recorder.record(lambda: self._work(part, inputs))
            self.count += 1
        return self._recorded[part, way]

    def _work(self, part: Part, inputs: Inputs) -> None:
        game = self._game
        noise = inputs.noise(part)
        match part:
            case Part.D:
                game.update_d(inputs.indices(), game.detached_fakes(noise))
            case Part.G:
                game.update_g(game.fakes(noise))
            case Part.BOTH:
                fakes = game.fakes(noise)
                game.update_d(inputs.indices(), fakes.head(game.config.d_batch))
                game.update_g(fakes)
        # Gradients lie in memory that the next replay may overwrite; nobody is to find them.
        game.clear_gradients()
