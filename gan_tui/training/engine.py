"""The game: one update of D, one update of G, and the step that is made of them.

How a step goes: the sampler gives indices, the data lies on the device, noise is drawn there, the networks
run in the chosen arithmetic, Adam updates, losses are added to sums on the device. Nothing waits for the
device but :meth:`Engine.take_sums`, :meth:`Engine.draw` and a checkpoint.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from gan_tui.config.run_config import MAX_COUNT, RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.link.messages import Settings
from gan_tui.networks import Discriminator, Generator, Pair
from gan_tui.optim import Adam
from gan_tui.training.ema import RunningAverage
from gan_tui.training.errors import TrainingError
from gan_tui.training.latent import Latent
from gan_tui.training.live_settings import settings_of
from gan_tui.training.losses import loss_named
from gan_tui.training.precision import Arithmetic, arithmetic, check_precision
from gan_tui.training.sampler import Sampler
from gan_tui.training.seeds import Stream, derive
from gan_tui.training.sums import Accumulator, Sums

DRAW_CHUNK: Final = 256
"""Images drawn at once by :meth:`Engine.draw`: bounds its memory."""
_BATCH_NORMS: Final = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


_Network = TypeVar("_Network", bound=nn.Module)


class Batch(NamedTuple):
    """Images (N, C, H, W) in [0, 1] and their labels (N,); None for a pair without labels."""

    images: Tensor
    labels: Tensor | None

    def head(self, count: int) -> "Batch":
        """The first ``count`` of them, cut off from the generator's gradients."""
        labels = None if self.labels is None else self.labels[:count]
        return Batch(self.images[:count].detach(), labels)


class Engine:
    """Two networks, their optimisers, the data and the noise: all that one training consists of.

    Not thread-safe: one thread trains, draws and captures checkpoints. Torch's global random state is left as
    it was found by the construction, and neither read nor written after it.

    Args:
        config: of the run, with ``auto`` resolved.
        dataset: the images; they are copied to the device as bytes.
        device: where to train.
        precision: of the networks' forward pass.
        pair: the networks, made for the data set's classes and image shape.

    Attributes:
        config, dataset, device, precision, pair: as given.
        generator, discriminator: the networks in training, in train mode.
        d_optimiser, g_optimiser: their Adams.
        average: the generator's running average.
        sampler: which images come next. latent: noise and labels, and their random state.
        step, d_updates, g_updates: how much was done.

    Raises:
        TrainingError: pair and data do not fit, or the loss or the arithmetic is not there.
    """

    def __init__(
        self, config: RunConfig, dataset: Dataset, device: torch.device, precision: Arithmetic, pair: Pair
    ) -> None:
        _check_fit(dataset, pair)
        check_precision(device, precision)
        self.config = config
        self.dataset = dataset
        self.device = device
        self.precision = precision
        self.pair = pair
        self.loss = loss_named(config.loss)

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive(config.seed, Stream.WEIGHTS))
            self.generator: Generator = _placed(pair.make_generator(), device)
            self.discriminator: Discriminator = _placed(pair.make_discriminator(), device)
        self._d_parameters = list(self.discriminator.parameters())
        # A discriminator that normalises over its batch would see other statistics in a joined batch.
        self._joins = not any(isinstance(part, _BATCH_NORMS) for part in self.discriminator.modules())
        betas = (config.beta1, config.beta2)
        self.d_optimiser = Adam(self._d_parameters, config.d_lr, betas)
        self.g_optimiser = Adam(self.generator.parameters(), config.g_lr, betas)
        self.average = RunningAverage(self.generator, config.ema)

        self.sampler = Sampler(len(dataset.images), config.seed, device)
        self.latent = Latent(
            length=pair.latent,
            classes=pair.classes,
            distribution=config.latent_distribution,
            scale=config.latent_scale,
            seed=config.seed,
            device=device,
        )
        self._images, self._labels = _on_device(dataset, device)
        self._sums = Accumulator(device)
        self.step = 0
        self.d_updates = 0
        self.g_updates = 0
        self._settings = settings_of(config)

    @property
    def epoch(self) -> float:
        """Passes over the data so far, with the fraction of the present one."""
        return self.sampler.epoch + self.sampler.position / self.sampler.count

    @property
    def ema(self) -> Generator:
        """The generator's running average, in eval mode."""
        return self.average.module

    @property
    def settings(self) -> Settings:
        """The live settings."""
        return self._settings

    def apply_settings(self, settings: Settings) -> None:
        """Take these settings from the next update on; nothing is rebuilt.

        Raises:
            ValueError: both counts are 0, or one is out of [0, 10]: callers check first.
        """
        counts = (settings.d_steps, settings.g_steps)
        if not any(counts) or not all(0 <= count <= MAX_COUNT for count in counts):
            raise ValueError(f"D:G cannot be {settings.d_steps}:{settings.g_steps}")
        self.d_optimiser.set_rate(settings.d_lr)
        self.g_optimiser.set_rate(settings.g_lr)
        self.average.decay = settings.ema
        self._settings = settings

    def train_step(self, between: Callable[[], None] | None = None) -> None:
        """One step: ``d_steps`` updates of D, then ``g_steps`` of G.

        With ``share_fakes`` the last D update looks at the images that the first G update learns from.

        Args:
            between: called between two updates, so that a long step can be watched. It may look at counts and
                take sums; it must not train, change settings, or draw from the noise.
        """
        d_steps, g_steps = self._settings.d_steps, self._settings.g_steps
        sharing = bool(self.config.share_fakes and g_steps) and self.config.g_batch >= self.config.d_batch
        shared = None
        for number in range(d_steps + g_steps):
            if number and between is not None:
                between()
            if number >= d_steps:
                self._update_g(shared if shared is not None else self._fakes(self.config.g_batch))
                shared = None
            elif sharing and number == d_steps - 1:
                shared = self._fakes(self.config.g_batch)
                self._update_d(shared.head(self.config.d_batch))
            else:
                self.d_update()
        self.step += 1

    def d_update(self) -> None:
        """One update of D: ``d_batch`` real images and as many generated ones."""
        with torch.no_grad():
            fakes = self._fakes(self.config.d_batch)
        self._update_d(fakes)

    def g_update(self) -> None:
        """One update of G: ``g_batch`` generated images; then its running average."""
        self._update_g(self._fakes(self.config.g_batch))

    def _reals(self) -> Batch:
        indices = self.sampler.take(self.config.d_batch)
        labels = self._labels.index_select(0, indices) if self.pair.labelled else None
        return Batch(self._images.index_select(0, indices) / 255, labels)

    def _fakes(self, count: int) -> Batch:
        z = self.latent.draw(count)
        labels = self.latent.draw_labels(count) if self.pair.labelled else None
        with arithmetic(self.device, self.precision):
            return Batch(self.generator(z, labels), labels)

    def _judge(self, batch: Batch) -> Tensor:
        with arithmetic(self.device, self.precision):
            logits: Tensor = self.discriminator(batch.images, batch.labels)
        return logits

    def _update_d(self, fakes: Batch) -> None:
        reals = self._reals()
        if self.config.split_d_update:
            logits_real = self._judge(reals)
            loss_real = self.loss.real(logits_real)
            self._descend_d(loss_real)
            logits_fake = self._judge(fakes)
            loss_fake = self.loss.fake(logits_fake)
            self._descend_d(loss_fake)
        else:
            if self._joins:
                logits = self._judge(_join(reals, fakes))
                count = len(reals.images)
                logits_real, logits_fake = logits[:count], logits[count:]
            else:
                logits_real, logits_fake = self._judge(reals), self._judge(fakes)
            loss_real, loss_fake = self.loss.real(logits_real), self.loss.fake(logits_fake)
            self._descend_d(loss_real + loss_fake)
        self._sums.add_d((loss_real, loss_fake), (logits_real, logits_fake))
        self.d_updates += 1

    def _descend_d(self, loss: Tensor) -> None:
        self.d_optimiser.clear()
        loss.backward()  # type: ignore[no-untyped-call]  # torch 2.13 leaves it untyped
        self.d_optimiser.update()

    def _update_g(self, fakes: Batch) -> None:
        # D is passed through, not trained: its own gradients are not computed.
        self._freeze_d(True)
        try:
            loss = self.loss.generator(self._judge(fakes))
            self.g_optimiser.clear()
            loss.backward()  # type: ignore[no-untyped-call]  # torch 2.13 leaves it untyped
        finally:
            self._freeze_d(False)
        self.g_optimiser.update()
        self.average.update()
        self._sums.add_g(loss)
        self.g_updates += 1

    def _freeze_d(self, frozen: bool) -> None:
        for parameter in self._d_parameters:
            parameter.requires_grad_(not frozen)

    def take_sums(self) -> Sums:
        """Losses and opinions since the last call, in one transfer from the device; begins anew."""
        return self._sums.take()

    def fixed_latent(self, count: int, seed: int) -> tuple[Tensor, Tensor]:
        """Noise (count, latent) and labels (count,) from the seed alone; labels go 0, 1, 2, … around."""
        return self.latent.fixed(count, seed)

    def draw(self, z: Tensor, labels: Tensor, ema: bool) -> Tensor:
        """Draw images without leaving a trace in the training.

        Args:
            z: (N, latent).
            labels: (N,), of no effect on a pair without labels.
            ema: by the running average; else by the generator of the moment, with its running statistics.

        Returns:
            uint8 on the CPU: (N, H, W) for one channel, else (N, C, H, W).
        """
        generator = self.ema if ema else self.generator
        was_training = generator.training
        generator.eval()
        try:
            with torch.no_grad(), arithmetic(self.device, self.precision):
                chunks = [
                    to_bytes(
                        generator(
                            z[start : start + DRAW_CHUNK],
                            labels[start : start + DRAW_CHUNK] if self.pair.labelled else None,
                        )
                    )
                    for start in range(0, len(z), DRAW_CHUNK)
                ]
        finally:
            generator.train(was_training)
        images = torch.cat(chunks).cpu()
        return images.squeeze(1) if self.pair.image_shape[0] == 1 else images


def to_bytes(images: Tensor) -> Tensor:
    """Images in [0, 1] as uint8, rounded to the nearest of 256 shades; what is not finite becomes 0."""
    return images.float().mul(255).nan_to_num(0, 255, 0).round_().clamp_(0, 255).to(torch.uint8)


def _placed(network: _Network, device: torch.device) -> _Network:
    """On the device, in train mode, its convolutions channels-last: a tenth faster here, more on CUDA."""
    network.to(device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # documented, not in its stub
    return network.train()


def _join(first: Batch, second: Batch) -> Batch:
    labels = None
    if first.labels is not None and second.labels is not None:
        labels = torch.cat([first.labels, second.labels])
    return Batch(torch.cat([first.images, second.images]), labels)


def _on_device(dataset: Dataset, device: torch.device) -> tuple[Tensor, Tensor]:
    """Images as uint8 (N, C, H, W) and labels as int64 (N,)."""
    images = torch.tensor(dataset.images, device=device)
    if images.dim() == 3:
        images = images.unsqueeze(1)
    return images, torch.tensor(dataset.labels, device=device).long()


def _check_fit(dataset: Dataset, pair: Pair) -> None:
    channels, height, width = pair.image_shape
    shape = tuple(dataset.images.shape[1:])
    if shape not in ({(height, width), (1, height, width)} if channels == 1 else {pair.image_shape}):
        raise TrainingError(
            f"the networks {pair.name!r} draw images of {height}×{width}, "
            f"and those of {dataset.name} are {'×'.join(map(str, shape))}; nothing was started"
        )
    if pair.classes != len(dataset.class_names):
        raise TrainingError(
            f"the networks {pair.name!r} were made for {pair.classes} classes, "
            f"and {dataset.name} has {len(dataset.class_names)}; nothing was started"
        )
