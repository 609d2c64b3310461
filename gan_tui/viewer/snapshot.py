"""All that the screen draws from: one immutable picture of the run, made by folding messages, one way.

Widgets read it and nothing else; they never look back at the link, the run folder or each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from gan_tui.link.messages import Event, Health, Report, Samples, Stage, Status, Telemetry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


ViewState = Literal[
    "WARMING UP", "TRAINING", "PAUSED", "DETACHED", "FINISHED", "STOPPED", "TRAINER DIED", "CONNECTING"
]
"""The word in the header."""
LOSSES: Final = ("d_real", "d_fake", "g")


def _unknown() -> NDArray[np.float32]:
    return np.zeros(0, np.float32)


@dataclass(frozen=True)
class Series:
    """History of the losses and opinions, oldest first; arrays are never changed in place.

    One point is one tick; of a long run the older points stand for several each.

    Attributes:
        step: the last of each point, float64 (n,), rising. time: seconds of training, float64 (n,).
        d_real, d_fake, g: mean losses since the last point, float32 (n,); NaN where there was no such update.
        opinion_real, opinion_fake: D's mean opinion, float32 (n,), 0 … 1 or NaN.
        d_real_min, d_real_max, …: the least and greatest loss of a point, float32 (n,); where they are not
            given, the means.
    """

    step: NDArray[np.float64]
    time: NDArray[np.float64]
    d_real: NDArray[np.float32]
    d_fake: NDArray[np.float32]
    g: NDArray[np.float32]
    opinion_real: NDArray[np.float32]
    opinion_fake: NDArray[np.float32]
    d_real_min: NDArray[np.float32] = field(default_factory=_unknown)
    d_real_max: NDArray[np.float32] = field(default_factory=_unknown)
    d_fake_min: NDArray[np.float32] = field(default_factory=_unknown)
    d_fake_max: NDArray[np.float32] = field(default_factory=_unknown)
    g_min: NDArray[np.float32] = field(default_factory=_unknown)
    g_max: NDArray[np.float32] = field(default_factory=_unknown)

    def __post_init__(self) -> None:
        """Extremes that are not given are the means."""
        for loss in LOSSES:
            for extreme in (f"{loss}_min", f"{loss}_max"):
                if len(getattr(self, extreme)) != len(self.step):
                    object.__setattr__(self, extreme, getattr(self, loss))

    def __len__(self) -> int:
        """How many points."""
        return len(self.step)

    @staticmethod
    def empty() -> Series:
        """No point yet. Its arrays are made when they are asked for: the first frame asks for none."""
        return _NoSeries()


class _NoSeries(Series):
    """A series without points, and without NumPy until somebody looks into it."""

    def __init__(self) -> None:
        pass

    def __len__(self) -> int:
        return 0

    def __getattr__(self, name: str) -> NDArray[np.float64]:
        if name not in Series.__dataclass_fields__:
            raise AttributeError(name)
        return np.zeros(0, np.float64 if name in {"step", "time"} else np.float32)


@dataclass(frozen=True)
class Rates:
    """The last 60 s of each speed figure, one value a second, oldest first; NaN is a gap.

    Attributes:
        values: figure name ("steps/s", "images/s", "gpu %", "gpu GiB", "gpu °C", "watts", "cpu %", "ram GiB")
            → float32 (≤ 60,). Names that the machine does not have are absent. In display order.
    """

    values: dict[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True)
class Death:
    """How the trainer ended without saying goodbye.

    Attributes:
        what: the cause, in words ("killed by the system (signal 9), likely for want of memory").
        sentence: the health line's sentence. safe: name of the last checkpoint, or None; safe_step.
        lost_steps, lost_seconds: training since then. log: last lines of its log.
        clock: wall time "06:09:31".
    """

    what: str
    sentence: str
    safe: str | None
    safe_step: int
    lost_steps: int
    lost_seconds: float
    log: tuple[str, ...]
    clock: str


@dataclass(frozen=True)
class Snapshot:
    """One moment of a run as a viewer knows it. None and empty where nothing has come yet.

    Attributes:
        version: grows by one with each change, so that a widget can tell new from old.
        run: the run's name. state: the header's word.
        since_start: seconds since the trainer was started (WARMING UP). silent_for: seconds without a word.
        stages: start-up's stages in order. real: real digits to show while waiting.
        pending: parameters sent and not yet answered ("…" in STEER). refusal: newest refused command's reason
            with its monotonic time, shown for 5 s.
        alive: the trainer's process is there (it may have finished, or be silent).
        events: newest last; of a long run the newest. marks: (step, label) of interventions for the chart's
            axis, likewise.
    """

    version: int = 0
    run: str = ""
    state: ViewState = "CONNECTING"
    status: Status | None = None
    telemetry: Telemetry | None = None
    samples: Samples | None = None
    real: Samples | None = None
    report: Report | None = None
    health: Health | None = None
    stages: tuple[Stage, ...] = ()
    events: tuple[Event, ...] = ()
    series: Series = field(default_factory=Series.empty)
    rates: Rates = field(default_factory=Rates)
    marks: tuple[tuple[int, str], ...] = ()
    pending: frozenset[str] = frozenset()
    refusal: tuple[str, float] | None = None
    since_start: float = 0.0
    silent_for: float = 0.0
    death: Death | None = None
    saving: bool = False
    alive: bool = False
