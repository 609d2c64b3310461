"""The settings of one run, each typed, bounded, described once, and used everywhere.

The command line makes an option of every field, the TOML file has a key for every field, and the run's
manifest records every field. Pydantic collects all mistakes before it reports any.
"""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

AUTO: Final = "auto"
MAX_COUNT: Final = 10
"""Most D or G updates in one step."""
RATE_RANGE: Final = (1e-7, 1.0)
"""Learning rates outside it are refused."""

Device = Literal["auto", "cuda", "cpu", "mps"]
Precision = Literal["auto", "fp32", "bf16"]


def _field(default: Any, group: str, help_text: str, **bounds: Any) -> Any:
    return Field(default=default, description=help_text, json_schema_extra={"group": group}, **bounds)


class RunConfig(BaseModel):
    """Everything that decides how a run trains; immutable. ``None`` and ``auto`` are resolved at start-up."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    recipe: str = _field(AUTO, "run", "named settings to start from; auto chooses by this machine's speed")
    data: str | None = _field(
        None, "run", "file or folder with images (.mat, IDX, .npz); default: fetched MNIST or the sample"
    )
    steps: int | None = _field(
        None, "run", "stop after this many steps (default: the recipe's; 0: go on until told)", ge=0
    )
    seconds: float | None = _field(None, "run", "stop after this many seconds of training", gt=0)
    seed: int = _field(0, "run", "seed of weights, shuffling and noise", ge=0, le=2**63 - 1)
    device: Device = _field(AUTO, "run", "where to train")
    precision: Precision = _field(
        AUTO, "run", "arithmetic of the networks; auto takes bf16 where it is faster"
    )
    threads: int = _field(0, "run", "processor threads of the trainer (0: measured)", ge=0, le=1024)

    networks: str = _field("article", "model", "pair of generator and discriminator")
    latent_distribution: Literal["normal", "uniform"] = _field(
        "normal", "model", "distribution of the noise z"
    )
    latent_scale: float = _field(
        1.0, "model", "standard deviation (normal) or upper end (uniform, from 0) of z", gt=0, le=1e6
    )

    loss: str = _field("bce", "training", "the game's loss")
    d_batch: int = _field(64, "training", "images of each kind in one D update", ge=2, le=65536)
    g_batch: int = _field(64, "training", "images in one G update", ge=2, le=65536)
    d_steps: int = _field(1, "training", "D updates in one step", ge=0, le=MAX_COUNT)
    g_steps: int = _field(1, "training", "G updates in one step", ge=0, le=MAX_COUNT)
    d_lr: float = _field(2e-4, "training", "learning rate of D", ge=RATE_RANGE[0], le=RATE_RANGE[1])
    g_lr: float = _field(5e-4, "training", "learning rate of G", ge=RATE_RANGE[0], le=RATE_RANGE[1])
    beta1: float = _field(0.5, "training", "Adam's first decay", ge=0, lt=1)
    beta2: float = _field(0.999, "training", "Adam's second decay", ge=0, lt=1)
    ema: float = _field(0.995, "training", "decay of G's running average (0: none)", ge=0, le=0.99999)
    split_d_update: bool = _field(
        False, "training", "D updates on real and on fake images one after the other, as the article does"
    )
    share_fakes: bool = _field(False, "training", "D and G updates of one step share the fakes")

    samples_per_second: int = _field(2, "watching", "how often samples are drawn", ge=0, le=MAX_COUNT)
    sample_count: int = _field(40, "watching", "how many fixed z are drawn", ge=1, le=400)
    checkpoint_every: int = _field(200, "watching", "steps between automatic checkpoints (0: none)", ge=0)
    keep: int = _field(5, "watching", "automatic checkpoints that are kept", ge=1, le=10_000)
    judge: bool = _field(True, "watching", "let a classifier read the samples")
    judge_every: float = _field(3.0, "watching", "least seconds between two reports of the judge", gt=0)
    judge_samples: int = _field(500, "watching", "samples in one report of the judge", ge=50, le=50_000)
    tensorboard_every: int = _field(200, "watching", "steps between TensorBoard points (0: none)", ge=0)

    @model_validator(mode="after")
    def _someone_trains(self) -> "RunConfig":
        if self.d_steps == 0 and self.g_steps == 0:
            raise ValueError("d_steps and g_steps cannot both be 0")
        return self
