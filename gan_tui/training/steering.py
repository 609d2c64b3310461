"""What a command does to the trainer: the live side of :class:`gan_tui.link.commands.Steerable`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from gan_tui.config.errors import GanTuiError
from gan_tui.link.commands import RefusedError
from gan_tui.link.messages import Player, Settings
from gan_tui.runs.names import CHECKPOINT_FILE, SUFFIX
from gan_tui.training.attending import Attendant
from gan_tui.training.condition import finished_words
from gan_tui.training.core import Core
from gan_tui.training.ports import Restored
from gan_tui.training.saving import Saver
from gan_tui.training.soundness import Soundness
from gan_tui.training.telemetry import Meter
from gan_tui.training.tiles import Tiles

BEFORE_RESTORE: Final = "before-restore"


@dataclass(frozen=True)
class Ending:
    """How the loop ended: the run's last state, and the sentence for the goodbye."""

    state: Literal["finished", "stopped"]
    text: str


class Steering:
    """Obeys commands at a step's border.

    Args:
        core: engine, board and time. attendant, meter, tiles, saver, soundness: see there.
        load: puts a checkpoint's state into the engine, all or nothing, and says what else it holds.
        folder: where this run's checkpoints are.

    Attributes:
        ending: set once the trainer shall end.
    """

    def __init__(
        self,
        core: Core,
        attendant: Attendant,
        meter: Meter,
        tiles: Tiles,
        saver: Saver,
        soundness: Soundness,
        folder: Path,
        load: Callable[[Path], Restored],
    ) -> None:
        self._engine, self._board, self._watch = core.engine, core.board, core.watch
        self._attendant, self._meter, self._tiles = attendant, meter, tiles
        self._saver, self._soundness = saver, soundness
        self._folder, self._load = folder, load
        self.ending: Ending | None = None

    @property
    def step(self) -> int:
        """Finished steps."""
        return self._engine.step

    @property
    def paused(self) -> bool:
        """Between updates, waiting for a command."""
        return self._board.status.state == "paused"

    @property
    def finished(self) -> bool:
        """The run's end is reached; nothing trains until it is extended."""
        return self._board.status.state == "finished"

    @property
    def settings(self) -> Settings:
        """The live settings."""
        return self._engine.settings

    def pause(self) -> None:
        """Stop before the next update."""
        self._watch.halt()
        self._board.change(state="paused")
        self.measure()

    def resume(self) -> None:
        """Go on training."""
        if self._soundness.broken:
            raise RefusedError("the losses are not finite; restore a checkpoint first (c)")
        self._board.change(state="training")
        self._watch.run()

    def single_step(self) -> None:
        """One step at the present ratio, while paused."""
        self._alone(self.train)

    def single_update(self, player: Player) -> None:
        """One update of D or of G, while paused."""
        self._alone(self._engine.d_update if player == "D" else self._engine.g_update)

    def train(self) -> None:
        """One step; who watches it meanwhile sees that the trainer lives."""
        self._engine.train_step(self._attendant.look)

    def _alone(self, work: Callable[[], None]) -> None:
        if self._soundness.broken:
            raise RefusedError("the losses are not finite; restore a checkpoint first (c)")
        self._watch.run()
        work()
        self._watch.halt()
        self.measure()
        self._tiles.draw()

    def change(self, settings: Settings) -> None:
        """Take these settings from the next update on."""
        self._engine.apply_settings(settings)
        self._board.change(settings=self._engine.settings)

    def save(self, name: str | None) -> str:
        """Take a checkpoint; returns its name. It is written off the training path."""
        return self._saver.save(name, "you")

    def restore(self, checkpoint: str) -> int:
        """Take up a checkpoint of this run; returns its step. Saves the present first."""
        name = checkpoint.removesuffix(SUFFIX)
        path = self._folder / f"{name}{SUFFIX}"
        if not CHECKPOINT_FILE.fullmatch(path.name) or path.parent != self._folder:
            raise RefusedError(f"{checkpoint!r} is no checkpoint's name")
        self._saver.settle()
        if not path.is_file():
            raise RefusedError(f"there is no checkpoint {name} in this run")
        if not self._soundness.broken and not self._saver.fresh:
            self._saver.save(BEFORE_RESTORE, "auto")
            self._saver.settle()
            if self._saver.failed:
                raise RefusedError(self._saver.failed)
        try:
            restored = self._load(path)
        except GanTuiError as error:
            raise RefusedError(str(error)) from error
        self._take_up(restored)
        return self.step

    def _take_up(self, restored: Restored) -> None:
        self._watch.set(restored.elapsed)
        self._meter.reset()
        self._soundness.heal(self.step)
        self._saver.jumped()
        if restored.latent_seed is not None and restored.latent_seed != self._board.status.latent_seed:
            self._tiles.renew(restored.latent_seed)
        self._board.change(
            settings=self._engine.settings, state="paused" if self.finished else self._board.status.state
        )
        self._tiles.draw()
        self.measure()

    def show_ema(self, ema: bool) -> None:
        """Draw samples by the running average, or by raw G."""
        if ema and not self.settings.ema:
            raise RefusedError("the running average is off; raise EMA first")
        self._board.change(showing_ema=ema)
        self._tiles.draw()

    def new_latent(self) -> None:
        """Draw other fixed z."""
        self._tiles.renew(self._board.status.latent_seed + 1)
        self._tiles.draw()

    def extend(self, steps: int) -> int:
        """Train on beyond the end; returns the new end."""
        status = self._board.status
        if not status.target_steps and not self.finished:
            raise RefusedError("the run has no end to move")
        end = (self.step if self.finished else status.target_steps or 0) + steps
        self._board.change(target_steps=end)
        if self.finished:
            self._board.change(target_seconds=None)
            self.resume()
        return end

    def stop(self, save: bool, signal: str = "") -> None:
        """End at this border, with a checkpoint or without; ``signal``: by name, where no viewer asked."""
        if self.ending is not None:
            return
        who = "auto" if signal else "you"
        if save:
            self._saver.save_last(who)
            self._saver.settle()
        if self.finished:
            self.ending = Ending("finished", finished_words(self._board.status, self._board.telemetry))
            return
        self._watch.halt()
        failed = self._saver.failed if save else ""
        self.ending = Ending("stopped", failed or f"stopped at step {self.step:,}" + self._safe(save))
        text = f"stopped by {signal}" if signal else f"stopped at step {self.step:,}"
        self._board.event(self.step, who, "stopped", text)

    def _safe(self, save: bool) -> str:
        if self._saver.fresh and save:
            return ", saved"
        status = self._board.status
        return f"; step {status.checkpoint_step:,} is safe" if status.checkpoint else ""

    def measure(self) -> None:
        """Take a tick."""
        self._meter.tick()
