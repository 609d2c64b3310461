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


class _Joined(NamedTuple):
    replay: Replay
    inputs: Inputs


class Parts:
    """The recorded parts of one game. A ratio is a sequence of them, so a new one records no part anew.

    They are kept by arithmetic and configuration, and what was joined of them by its updates: a game that
    goes back to an earlier one finds its own. There are 120 ratios.

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
        self._joined: dict[tuple[tuple[Part, ...], _Way], _Joined] = {}
        self.count = 0

    def prepare(self, parts: tuple[Part, ...]) -> None:
        """Record and join these parts now, where they are not yet; the game's state is as before.

        Raises:
            RecordingError: the device does not take it.
        """
        self._ready(parts)

    def play(self, parts: tuple[Part, ...], take: Callable[[int], Tensor]) -> None:
        """Do some parts, one behind the other.

        Args:
            parts: which; what is not recorded yet is, and they are joined.
            take: gives the next so many indices of real images, int64; called for each update of D.

        Raises:
            RecordingError: the device does not take the recording; nothing has changed.
        """
        joined = self._ready(parts)
        joined.inputs.fill(parts, take)
        joined.replay()

    def pace(self) -> None:
        """A step is about to be played."""
        self._recorder.pace()

    def _ready(self, parts: tuple[Part, ...]) -> _Joined:
        way = _Way(self._game.precision, self._game.config)
        found = self._joined.get((parts, way))
        if found is None:
            if way.config not in self._inputs:
                self._inputs[way.config] = Inputs(self._game)
            inputs = self._inputs[way.config]
            recordings = [self._recording(part, way) for part in parts]
            found = self._joined[parts, way] = _Joined(self._recorder.join(inputs.rewind, recordings), inputs)
        return found

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
