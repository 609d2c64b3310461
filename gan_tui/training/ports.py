"""What the loop needs from the other parts, and no more: tests have small fakes of each.

Tensors are ``Any`` here: the loop never looks into one, so it runs, and is tested, without torch.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from gan_tui.link.commands import AnyCommand
from gan_tui.link.messages import Down, Event, Moments, Player, Reply, Settings


class Sums(Protocol):
    """Aggregates of all updates since the last time; None where no such update took place."""

    @property
    def d_real(self) -> Moments | None:
        """D's loss on real images."""

    @property
    def d_fake(self) -> Moments | None:
        """D's loss on fakes."""

    @property
    def g(self) -> Moments | None:
        """G's loss."""

    @property
    def opinion_real(self) -> float | None:
        """D's mean opinion of real images."""

    @property
    def opinion_fake(self) -> float | None:
        """D's mean opinion of fakes."""

    @property
    def right_real(self) -> float | None:
        """Share of real images that D is right about."""

    @property
    def right_fake(self) -> float | None:
        """Share of fakes that D is right about."""


class Engine(Protocol):
    """Trains: one D update, one G update, one step."""

    @property
    def step(self) -> int:
        """Finished steps."""

    @property
    def d_updates(self) -> int:
        """Updates of D."""

    @property
    def g_updates(self) -> int:
        """Updates of G."""

    @property
    def epoch(self) -> float:
        """Passes over the data."""

    @property
    def settings(self) -> Settings:
        """The live settings."""

    def apply_settings(self, settings: Settings) -> None:
        """Take these from the next update on."""

    def d_update(self) -> None:
        """One update of D."""

    def g_update(self) -> None:
        """One update of G."""

    def train_step(self, between: Callable[[], None] | None = None) -> None:
        """One step; ``between`` is called between two of its updates."""

    def take_sums(self) -> Sums:
        """Everything since the last call, in one transfer from the device."""

    def draw(self, z: Any, labels: Any, ema: bool) -> Any:
        """Images, uint8, (N,H,W) or (N,C,H,W), readable by ``numpy.asarray``."""

    def fixed_latent(self, count: int, seed: int) -> tuple[Any, Any]:
        """``count`` latents (and labels, or None), the same for the same seed."""


class Token(Protocol):
    """Whom to answer."""

    @property
    def id(self) -> int:
        """The command's number."""


class Server(Protocol):
    """The trainer's end of the link."""

    def publish(self, record: Down) -> None:
        """Send to all viewers; never waits."""

    def poll(self, timeout: float) -> Sequence[tuple[Any, AnyCommand]]:
        """Commands that have come; waits at most so long for the first."""

    def answer(self, token: Any, reply: Reply) -> None:
        """Answer a command."""

    @property
    def viewers(self) -> int:
        """How many watch."""


class History(Protocol):
    """What is kept; written by a thread of its own."""

    def put(self, record: Any) -> None:
        """Keep a record."""

    def event(self, step: int, who: str, kind: str, text: str, player: Player = "", mark: str = "") -> Event:
        """Number an event and keep it."""


class Restored(Protocol):
    """What a checkpoint says beside the engine's state."""

    @property
    def elapsed(self) -> float:
        """Seconds of training until then."""

    @property
    def latent_seed(self) -> int | None:
        """Which fixed z was shown, or None."""

    @property
    def target_steps(self) -> int | None:
        """Where the run was to end; 0 or None: nowhere."""
