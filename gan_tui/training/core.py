"""What nearly every part of the loop needs: the engine, the board and time."""

from dataclasses import dataclass

from gan_tui.config.run_config import RunConfig
from gan_tui.training.board import Board
from gan_tui.training.clock import Clock, Stopwatch
from gan_tui.training.ports import Engine


@dataclass(frozen=True)
class Core:
    """The engine that trains, its settings, the board that tells, the clock, and the seconds of training."""

    engine: Engine
    config: RunConfig
    board: Board
    clock: Clock
    watch: Stopwatch
