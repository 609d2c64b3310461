"""Everything a trainer tells its viewers, as typed immutable records.

The stream is lossy: each record is whole in itself, and a viewer that missed some needs only the newest of
each type. Events are never lost, for they stand in the run's history: ``Telemetry.event_seq`` tells a viewer
that it is behind.
"""

from typing import Final, Literal

import msgspec

PROTOCOL: Final = 1
"""Version of these messages; a viewer of another version says so."""

RunState = Literal["starting", "training", "paused", "finished", "stopped", "crashed"]
Who = Literal["you", "auto", "judge", "alarm"]
Player = Literal["", "D", "G"]
HealthLevel = Literal["starting", "learning", "healthy", "watch", "alarm", "paused", "finished"]


class Record(msgspec.Struct, frozen=True, tag=True, tag_field="type", kw_only=True):
    """Base of all that travels down."""


class Moments(msgspec.Struct, frozen=True):
    """What became of one quantity since the last tick: over ``count`` updates, never one update alone."""

    count: int
    mean: float
    min: float
    max: float


class Settings(msgspec.Struct, frozen=True):
    """The live settings that a viewer can change."""

    d_steps: int
    g_steps: int
    d_lr: float
    g_lr: float
    ema: float
    samples_per_second: int


class Stage(Record, frozen=True):
    """One named stage of start-up: run folder, trainer, torch, data, networks, warm-up."""

    name: str
    state: Literal["next", "now", "done", "failed"]
    detail: str = ""
    seconds: float = 0.0


class Status(Record, frozen=True):
    """What the trainer is and does; sent when any of it changes, and in every welcome.

    Attributes:
        state: the run's state.
        settings: the live settings; recipe_settings: those that the recipe gave (to mark what differs).
        target_steps: the run ends there; None: until told.
        showing_ema: samples come from the running average (else from raw G).
        checkpoint: name of the latest checkpoint ("step-001150"), and checkpoint_step.
        best_distance, best_step: lowest distance that the judge reported, and when.
        recipe, reason: the recipe in use, and why it was chosen ("you chose it", "a step of the article's
            takes 340 ms here").
        data_name, data_count, device, precision, threads: as the header shows them ("mnist", 60000, "cpu",
            "bf16", 2).
        class_names: of the data set, in label order. labelled: samples stand in label order.
    """

    state: RunState
    settings: Settings
    recipe_settings: Settings
    target_steps: int | None = None
    target_seconds: float | None = None
    showing_ema: bool = True
    latent_seed: int = 0
    checkpoint: str | None = None
    checkpoint_step: int = 0
    checkpoint_time: float = 0.0
    best_distance: float | None = None
    best_step: int = 0
    recipe: str = ""
    reason: str = ""
    networks: str = ""
    data_name: str = ""
    data_count: int = 0
    device: str = ""
    precision: str = ""
    threads: int = 0
    class_names: tuple[str, ...] = ()
    labelled: bool = False
    pid: int = 0
    version: str = ""


class Hardware(msgspec.Struct, frozen=True):
    """What the machine does; None where it cannot be measured. Percent, bytes, °C, watts."""

    cpu_percent: float | None = None
    ram_bytes: int | None = None
    gpu_percent: float | None = None
    gpu_bytes: int | None = None
    gpu_celsius: float | None = None
    gpu_watts: float | None = None


class Telemetry(Record, frozen=True):
    """One tick's aggregate: at most 20 a second, over all updates since the last tick.

    Attributes:
        seq: grows by one a tick. time: Unix seconds. step: finished steps. epoch: passes over the data.
        elapsed: seconds of training (pauses not counted).
        d_real, d_fake, g: losses; None where no such update took place.
        opinion_real, opinion_fake: D's mean output as a probability, 0 … 1.
        right_real, right_fake: share of real (fake) images that D was right about, 0 … 1.
        steps_per_second, images_per_second: over the last few seconds; 0 while paused.
        viewers: how many watch. event_seq: number of the newest event in the history.
    """

    seq: int
    time: float
    step: int
    d_updates: int
    g_updates: int
    epoch: float
    elapsed: float
    d_real: Moments | None = None
    d_fake: Moments | None = None
    g: Moments | None = None
    opinion_real: float | None = None
    opinion_fake: float | None = None
    right_real: float | None = None
    right_fake: float | None = None
    steps_per_second: float = 0.0
    images_per_second: float = 0.0
    hardware: Hardware | None = None
    viewers: int = 0
    event_seq: int = 0


class Samples(Record, frozen=True):
    """Images, as unsigned bytes in row order: ``pixels`` has count·height·width·channels of them.

    Attributes:
        kind: drawn by the running average, by raw G, or real.
        latent_seed: which fixed z; labels: asked-for class of each (labelled recipes), else empty.
    """

    kind: Literal["ema", "raw", "real"]
    step: int
    count: int
    height: int
    width: int
    channels: int
    pixels: bytes
    labels: bytes = b""
    latent_seed: int = 0


class Report(Record, frozen=True):
    """What the judge read in the newest samples.

    Attributes:
        shares: share of samples read as each class, in label order, summing to 1.
        readable: share read with confidence > 0.9. seen: classes with a share of at least 0.5 %.
        distance: Fréchet distance of the judge's features to real ones; floor: real against real at the same
            count.
        samples: how many were read. accuracy: the judge's own, on real images it was not trained on.
        seconds: what this report cost. ema: read from the running average.
    """

    step: int
    shares: tuple[float, ...]
    readable: float
    seen: int
    distance: float
    floor: float
    samples: int
    accuracy: float
    seconds: float
    ema: bool


class Health(Record, frozen=True):
    """One level word and one sentence (SCREENS.md, words); ``more`` is added where there is room."""

    level: HealthLevel
    text: str
    more: str = ""


class Event(Record, frozen=True):
    """Something that happened at a step; kept in the run's history, numbered from 1.

    Attributes:
        kind: "created", "saved", "restored", "setting", "paused", "resumed", "finished", "alarm",
            "milestone", …
        player: whose colour it wears. mark: short label on the chart's axis ("G 1→2"), or empty.
    """

    seq: int
    time: float
    step: int
    who: str
    kind: str
    text: str
    player: Player = ""
    mark: str = ""


class Applied(Record, frozen=True):
    """A command's answer: done at this step."""

    id: int
    step: int
    text: str = ""


class Refused(Record, frozen=True):
    """A command's answer: not done, because."""

    id: int
    because: str


class Welcome(Record, frozen=True):
    """The answer to a viewer's hello: all that it needs to paint at once.

    Earlier telemetry and events it reads from the run folder.
    """

    id: int
    protocol: int
    version: str
    run: str
    status: Status | None = None
    telemetry: Telemetry | None = None
    samples: Samples | None = None
    report: Report | None = None
    health: Health | None = None
    stages: tuple[Stage, ...] = ()


class Goodbye(Record, frozen=True):
    """The trainer ends, on purpose: with which state, and why."""

    state: RunState
    text: str


Down = Stage | Status | Telemetry | Samples | Report | Health | Event | Goodbye
"""What the stream carries."""
Reply = Applied | Refused | Welcome
"""What answers a command."""
