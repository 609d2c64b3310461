"""Snapshots of a made-up run in each state, for the viewer's tests; the same numbers each time."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_tui.link.messages import (
    Event,
    Health,
    Moments,
    Player,
    Report,
    Samples,
    Settings,
    Stage,
    Status,
    Telemetry,
)
from gan_tui.viewer.look import Look
from gan_tui.viewer.snapshot import Death, Rates, Series, Snapshot
from gan_tui.viewer.view_options import FooterKey, ViewOptions

STEP = 1223
RATE = 13.3
START = 1_764_000_000.0
RECIPE = Settings(d_steps=1, g_steps=1, d_lr=2e-4, g_lr=5e-4, ema=0.995, samples_per_second=2)
SHARES = (0.1, 0.175, 0.075, 0.075, 0.075, 0.1, 0.05, 0.1, 0.05, 0.2)

_SEGMENTS = {  # the bars of each: top, upper left, right, middle, lower left, right, bottom
    0: "tlrLRb",
    1: "rR",
    2: "trmLb",
    3: "trmRb",
    4: "lrmR",
    5: "tlmRb",
    6: "tlmLRb",
    7: "trR",
    8: "tlrmLRb",
    9: "tlrmRb",
}
_BARS = {
    "t": (slice(4, 7), slice(8, 20)),
    "m": (slice(12, 15), slice(8, 20)),
    "b": (slice(20, 23), slice(8, 20)),
    "l": (slice(5, 14), slice(7, 10)),
    "r": (slice(5, 14), slice(18, 21)),
    "L": (slice(13, 22), slice(7, 10)),
    "R": (slice(13, 22), slice(18, 21)),
}


def digits(count: int = 40, seed: int = 0) -> NDArray[np.uint8]:
    """Digits 0 to 9 in turn with soft edges, uint8 (count, 28, 28)."""
    random = np.random.default_rng(seed)
    images = np.zeros((count, 28, 28), np.float32)
    for i in range(count):
        for bar in _SEGMENTS[i % 10]:
            images[i][_BARS[bar]] = random.uniform(0.75, 1.0)
    soft = sum(np.roll(images, shift, axis) for axis in (1, 2) for shift in (-1, 1))
    return np.clip((images * 0.7 + soft * 0.12) * 255, 0, 255).astype(np.uint8)


def samples(kind: Any = "ema", count: int = 40, seed: int = 0) -> Samples:
    """A picture's worth of digits."""
    images = digits(count, seed)
    return Samples(
        kind=kind, step=STEP, count=count, height=28, width=28, channels=1, pixels=images.tobytes()
    )


def series(step: int = STEP) -> Series:
    """One row a step: losses and opinions that settle, with a batch's noise on them."""
    steps = np.arange(1, step + 1, dtype=np.float64)
    random = np.random.default_rng(1)

    def curve(end: float, start: float, noise: float) -> NDArray[np.float32]:
        settling = end + (start - end) * np.exp(-steps / 40)
        return (settling + random.normal(0, noise, len(steps))).astype(np.float32)

    return Series(
        step=steps,
        time=steps / RATE,
        d_real=curve(0.62, 0.75, 0.02),
        d_fake=curve(0.63, 0.60, 0.02),
        g=curve(0.87, 0.70, 0.03),
        opinion_real=np.clip(curve(0.56, 0.50, 0.01), 0, 1),
        opinion_fake=np.clip(curve(0.45, 0.50, 0.01), 0, 1),
    )


def rates() -> Rates:
    """A minute of a machine without a GPU."""
    random = np.random.default_rng(2)

    def wobble(base: float, amplitude: float) -> NDArray[np.float32]:
        return (base + amplitude * random.normal(0, 1, 60)).astype(np.float32)

    return Rates(
        {
            "steps/s": wobble(RATE, 0.1),
            "images/s": wobble(RATE * 128, 14),
            "cpu %": wobble(188, 2),
            "ram GiB": wobble(0.84, 0.001),
        }
    )


def gpu_rates() -> Rates:
    """A minute of a machine with a GPU."""
    random = np.random.default_rng(3)
    base = {
        "steps/s": (425.6, 5),
        "images/s": (54_477, 400),
        "gpu %": (93, 1),
        "gpu GiB": (1.9, 0.0),
        "gpu °C": (61, 0.3),
        "watts": (318, 6),
        "cpu %": (104, 1),
    }
    return Rates({k: (b + a * random.normal(0, 1, 60)).astype(np.float32) for k, (b, a) in base.items()})


def telemetry(step: int = STEP) -> Telemetry:
    """The newest tick."""

    def one(mean: float) -> Moments:
        return Moments(count=1, mean=mean, min=mean, max=mean)

    return Telemetry(
        seq=step,
        time=START + step / RATE,
        step=step,
        d_updates=step,
        g_updates=step,
        epoch=step * 64 / 60_000,
        elapsed=step / RATE + 3.1,
        d_real=one(0.617),
        d_fake=one(0.626),
        g=one(0.872),
        opinion_real=0.56,
        opinion_fake=0.45,
        right_real=0.61,
        right_fake=0.66,
        steps_per_second=RATE,
        images_per_second=RATE * 128,
        event_seq=5,
    )


def status(**changes: Any) -> Status:
    """What the trainer is; with changes to its settings or fields."""
    settings = replace_settings(RECIPE, changes)
    fields: dict[str, Any] = {
        "state": "training",
        "settings": settings,
        "recipe_settings": RECIPE,
        "checkpoint": "step-001150",
        "checkpoint_step": 1150,
        "best_distance": 18.0,
        "best_step": 1100,
        "recipe": "balanced",
        "reason": "a step of the article's networks takes 75 ms here",
        "networks": "article",
        "data_name": "mnist",
        "data_count": 60_000,
        "device": "cpu",
        "precision": "bf16",
        "threads": 2,
        "class_names": tuple("0123456789"),
        "pid": 4021,
        "version": "0.1.0",
    }
    return Status(**(fields | changes))


def replace_settings(settings: Settings, changes: dict[str, Any]) -> Settings:
    """Settings with those changes that are theirs, which are taken out of ``changes``."""
    names = [n for n in Settings.__struct_fields__ if n in changes]
    values = {n: getattr(settings, n) for n in Settings.__struct_fields__}
    return Settings(**(values | {n: changes.pop(n) for n in names}))


def report(shares: tuple[float, ...] = SHARES) -> Report:
    """What the judge read."""
    return Report(
        step=1200,
        shares=shares,
        readable=0.8,
        seen=sum(s >= 0.005 for s in shares),
        distance=18.0,
        floor=5.0,
        samples=500,
        accuracy=0.985,
        seconds=0.4,
        ema=True,
    )


def event(
    seq: int, step: int, who: str, text: str, player: Player = "", kind: str = "saved", mark: str = ""
) -> Event:
    """One event."""
    return Event(
        seq=seq, time=START + step, step=step, who=who, kind=kind, text=text, player=player, mark=mark
    )


EVENTS = (
    event(1, 120, "auto", "saved step-000120"),
    event(2, 397, "judge", "first 10 of 10 digits", kind="milestone"),
    event(3, 505, "you", "G steps 1 → 2", "G", "setting", "G 1→2"),
    event(4, 758, "you", "undo: G steps 2 → 1", "G", "setting", "undo"),
    event(5, 1150, "auto", "saved step-001150"),
)
MARKS = ((505, "G 1→2"), (758, "undo"))


def training(**changes: Any) -> Snapshot:
    """A run in full swing."""
    fields: dict[str, Any] = {
        "version": 7,
        "run": "balanced-1124",
        "state": "TRAINING",
        "status": status(),
        "telemetry": telemetry(),
        "samples": samples(),
        "real": samples("real", seed=9),
        "report": report(),
        "health": Health(
            level="healthy",
            text="10 of 10 digits, D is right about 7 fakes in 10",
            more=", losses steady",
        ),
        "events": EVENTS,
        "series": series(),
        "rates": rates(),
        "marks": MARKS,
    }
    return Snapshot(**(fields | changes))


def paused(**changes: Any) -> Snapshot:
    """Paused, with one setting changed."""
    now = replace_telemetry(telemetry(1229), steps_per_second=0.0, images_per_second=0.0)
    fields: dict[str, Any] = {
        "state": "PAUSED",
        "status": status(state="paused", d_steps=3),
        "telemetry": now,
        "events": (*EVENTS, event(6, 1229, "you", "paused", kind="paused")),
    }
    return training(**(fields | changes))


def replace_telemetry(record: Telemetry, **changes: Any) -> Telemetry:
    """A tick with other values."""
    values = {n: getattr(record, n) for n in Telemetry.__struct_fields__}
    return Telemetry(**(values | changes))


def starting(**changes: Any) -> Snapshot:
    """Before the first step, while the trainer builds its networks."""
    stages = (
        Stage(name="run folder", state="done", detail="balanced-1124", seconds=0.04),
        Stage(name="trainer", state="done", detail="pid 4021", seconds=0.1),
        Stage(name="torch 2.13.0", state="done", detail="2 threads bf16", seconds=2.2),
        Stage(name="mnist", state="done", detail="60,000 digits", seconds=0.3),
        Stage(name="networks", state="now", detail="D 1.8M  G 7.5M", seconds=4.4),
        Stage(name="warm-up", state="next", detail="20 steps"),
    )
    fields: dict[str, Any] = {
        "version": 3,
        "run": "balanced-1124",
        "state": "WARMING UP",
        "status": status(state="starting"),
        "real": samples("real", seed=9),
        "stages": stages,
        "events": (event(1, 0, "auto", "run balanced-1124 created", kind="created"),),
        "since_start": 6.2,
    }
    return Snapshot(**(fields | changes))


def died(**changes: Any) -> Snapshot:
    """The trainer was killed."""
    death = Death(
        what="killed by the system (signal 9), likely for want of memory",
        sentence="the trainer was killed by the system (signal 9); all but the last 73 steps are safe",
        safe="step-001150",
        safe_step=1150,
        lost_steps=73,
        lost_seconds=5.5,
        log=(
            "06:09:28  saved step-001150 (37 MB) in 0.2 s",
            "06:09:30  step 1,200  D 0.637 0.649  G 0.827",
            "06:09:31  (no more lines)",
        ),
        clock="06:09:31",
    )
    killed = event(6, STEP, "alarm", "trainer killed (signal 9)", kind="alarm")
    fields: dict[str, Any] = {"state": "TRAINER DIED", "death": death, "events": (*EVENTS, killed)}
    return training(**(fields | changes))


def detached(**changes: Any) -> Snapshot:
    """The trainer lives but says nothing."""
    return training(**({"state": "DETACHED", "silent_for": 6.3} | changes))


def finished(**changes: Any) -> Snapshot:
    """All steps are done."""
    return training(**({"state": "FINISHED", "status": status(state="finished")} | changes))


def collapsed(**changes: Any) -> Snapshot:
    """G repeats itself: an alarm."""
    health = Health(
        level="alarm",
        text="only 3 of 10 digits (no 0 2 3 5 6 8 9): G repeats itself",
        more=".  u undoes G lr 5e-4 to 2e-3",
    )
    shares = (0.0, 0.66, 0.0, 0.0, 0.06, 0.0, 0.0, 0.28, 0.0, 0.0)
    fields: dict[str, Any] = {
        "health": health,
        "report": report(shares),
        "events": (*EVENTS, event(6, 1212, "alarm", "only 3 of 10 digits", kind="alarm")),
    }
    return training(**(fields | changes))


STATES = {
    "training": training,
    "paused": paused,
    "starting": starting,
    "died": died,
    "detached": detached,
    "finished": finished,
    "collapsed": collapsed,
    "empty": Snapshot,
}
"""All states by name."""

FOOTER = (
    FooterKey("space", "pause", drop=0),
    FooterKey("s", "save", drop=2),
    FooterKey("c", "checkpoints", drop=1),
    FooterKey("z", "new z", drop=5),
    FooterKey("m", "raw G", drop=6),
    FooterKey("f", "full pane", drop=7),
    FooterKey("b", "to background", "background", drop=3),
    FooterKey("?", "help"),
    FooterKey("q", "quit"),
)

LOOKS = {
    "dark": Look(),
    "light": Look("light"),
    "contrast": Look("contrast"),
    "256": Look(colours="256"),
    "16": Look(colours="16"),
    "linux": Look(colours="16", marks="linux"),
    "mono": Look(colours="none"),
    "ascii": Look(marks="ascii"),
    "ascii mono": Look(colours="none", marks="ascii"),
}


def view(look: str = "dark", **changes: Any) -> ViewOptions:
    """ViewOptions of one of the looks by name, with the usual footer."""
    return replace(ViewOptions(look=LOOKS[look], footer=FOOTER), **changes)
