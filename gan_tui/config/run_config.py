"""The settings of one run, each typed, bounded, described once, and used everywhere.

The command line makes an option of every field, the TOML file has a key for every field, and the run's
manifest records every field. :func:`gan_tui.config.fields.read_values` reports all mistakes at once.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

AUTO: Final = "auto"
MAX_COUNT: Final = 10
"""Most D or G updates in one step."""
RATE_RANGE: Final = (1e-7, 1.0)
"""Learning rates outside it are refused."""

Device = Literal["auto", "cuda", "cpu", "mps"]
Precision = Literal["auto", "fp32", "tf32", "bf16"]
Graphs = Literal["auto", "on", "off"]


NETWORKS: Final = ("article", "article-labelled", "light", "light-labelled")
"""Names of :data:`gan_tui.networks.PAIRS`, known here without torch; a test keeps them alike."""
LOSSES: Final = ("bce",)
"""Names of :data:`gan_tui.training.losses.LOSSES`, likewise."""


def _about(group: str, description: str, choices: tuple[str, ...] = (), **bounds: Any) -> Meta:
    return Meta(description=description, extra={"group": group, "choices": choices}, **bounds)


_RATE: Final = {"ge": RATE_RANGE[0], "le": RATE_RANGE[1]}
_COUNT: Final = {"ge": 0, "le": MAX_COUNT}
_BATCH: Final = {"ge": 2, "le": 65536}
_DECAY: Final = {"ge": 0, "lt": 1}

_DATA = "file or folder with images (.mat, IDX, .npz); default: fetched MNIST or the sample"
_STEPS = "stop after this many steps (default: the recipe's; 0: go on until told)"
_SECONDS = "stop after this many seconds of training"
_SCALE = "standard deviation (normal) or upper end (uniform, from 0) of z"
_SPLIT = "D updates on real and on fake images one after the other, as the article does"


class RunConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides how a run trains; immutable.

    ``None``, ``auto`` and ``threads`` 0 are resolved by the trainer at start-up. Values from outside come
    through :func:`gan_tui.config.fields.read_values`, which checks them.
    """

    recipe: Annotated[str, _about("run", "named settings; auto chooses by this machine's speed")] = AUTO
    data: Annotated[str | None, _about("run", _DATA)] = None
    steps: Annotated[Annotated[int, Meta(ge=0)] | None, _about("run", _STEPS)] = None
    seconds: Annotated[Annotated[float, Meta(gt=0)] | None, _about("run", _SECONDS)] = None
    seed: Annotated[int, _about("run", "seed of weights, shuffling and noise", ge=0, le=2**63 - 1)] = 0
    device: Annotated[Device, _about("run", "where to train")] = "auto"
    precision: Annotated[Precision, _about("run", "arithmetic; auto takes the fastest")] = "auto"
    graphs: Annotated[Graphs, _about("run", "updates recorded as CUDA graphs; auto: where they can be")] = (
        "auto"
    )
    threads: Annotated[
        int, _about("run", "processor threads of the trainer (0: measured)", ge=0, le=1024)
    ] = 0

    networks: Annotated[str, _about("model", "pair of generator and discriminator", NETWORKS)] = "article"
    latent_distribution: Annotated[
        Literal["normal", "uniform"], _about("model", "distribution of the noise z")
    ] = "normal"
    latent_scale: Annotated[float, _about("model", _SCALE, gt=0, le=1e6)] = 1.0

    loss: Annotated[str, _about("training", "the game's loss", LOSSES)] = "bce"
    d_batch: Annotated[int, _about("training", "images of each kind in one D update", **_BATCH)] = 64
    g_batch: Annotated[int, _about("training", "images in one G update", **_BATCH)] = 64
    d_steps: Annotated[int, _about("training", "D updates in one step", **_COUNT)] = 1
    g_steps: Annotated[int, _about("training", "G updates in one step", **_COUNT)] = 1
    d_lr: Annotated[float, _about("training", "learning rate of D", **_RATE)] = 2e-4
    g_lr: Annotated[float, _about("training", "learning rate of G", **_RATE)] = 5e-4
    beta1: Annotated[float, _about("training", "Adam's first decay", **_DECAY)] = 0.5
    beta2: Annotated[float, _about("training", "Adam's second decay", **_DECAY)] = 0.999
    ema: Annotated[float, _about("training", "decay of G's running average (0: none)", ge=0, le=0.9999)] = (
        0.995
    )
    split_d_update: Annotated[bool, _about("training", _SPLIT)] = False
    share_fakes: Annotated[bool, _about("training", "D and G updates of one step share the fakes")] = False

    samples_per_second: Annotated[int, _about("watching", "how often samples are drawn", **_COUNT)] = 2
    sample_count: Annotated[int, _about("watching", "how many fixed z are drawn", ge=1, le=400)] = 40
    checkpoint_every: Annotated[
        int, _about("watching", "steps between automatic checkpoints (0: none)", ge=0)
    ] = 200
    keep: Annotated[int, _about("watching", "automatic checkpoints that are kept", ge=1, le=10_000)] = 5
    judge: Annotated[bool, _about("watching", "let a classifier read the samples")] = True
    judge_every: Annotated[
        float, _about("watching", "least seconds between two reports of the judge", gt=0)
    ] = 3.0
    judge_samples: Annotated[int, _about("watching", "samples in one report", ge=50, le=50_000)] = 500
    tensorboard_every: Annotated[
        int, _about("watching", "steps between TensorBoard points (0: none)", ge=0)
    ] = 200
