"""The engine: the game's updates one after the other, in steps, and all that is counted between them.

How a step goes: the sampler gives indices, the data lies on the device, noise is drawn there, the networks
run in the chosen arithmetic, Adam updates, losses are added to sums on the device. These wait for the device:
:meth:`Engine.take_sums`, :meth:`Engine.draw`, a checkpoint, and where updates are recorded a step that would
be more than a few ahead of it (:mod:`gan_tui.training.graphs.pace`). The order of an epoch is drawn on the
host, and copied without waiting.

With a recorder, updates of D and of G are recorded once, joined to steps and replayed; the running average,
the counts and the place in the data are kept outside of what is recorded.
"""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from gan_tui.config.run_config import MAX_COUNT, RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.link.messages import Settings
from gan_tui.networks import Generator, Pair
from gan_tui.training.ema import RunningAverage
from gan_tui.training.errors import TrainingError
from gan_tui.training.game import Batch, Game
from gan_tui.training.graphs.parts import Parts
from gan_tui.training.graphs.plan import Part, pieces, plan
from gan_tui.training.graphs.recorder import Recorder, RecordingError
from gan_tui.training.live_settings import settings_of
from gan_tui.training.precision import Arithmetic, arithmetic, check_precision
from gan_tui.training.sampler import Sampler
from gan_tui.training.sums import Sums

DRAW_CHUNK: Final = 256
"""Images drawn at once by :meth:`Engine.draw`: bounds its memory."""


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
        recorder: records updates to replay them; None: each is done eagerly.

    Attributes:
        dataset, device, pair: as given.
        generator, discriminator: the networks in training, in train mode.
        d_optimiser, g_optimiser: their Adams.
        average: the generator's running average.
        sampler: which images come next. latent: noise and labels, and their random state.
        step, d_updates, g_updates: how much was done.
        refusal: why updates are not recorded although a recorder was given; empty where they are.

    Raises:
        TrainingError: pair and data do not fit, or the loss or the arithmetic is not there.
    """

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        device: torch.device,
        precision: Arithmetic,
        pair: Pair,
        recorder: Recorder | None = None,
    ) -> None:
        _check_fit(dataset, pair)
        check_precision(device, precision)
        self.dataset = dataset
        self.device = device
        self.pair = pair
        self._game = game = Game(config, dataset, device, precision, pair, recorder is not None)
        self.generator, self.discriminator = game.generator, game.discriminator
        self.d_optimiser, self.g_optimiser = game.d_optimiser, game.g_optimiser
        self.latent = game.latent
        self.average = RunningAverage(self.generator, config.ema)
        self.sampler = Sampler(len(dataset.images), config.seed, device)
        self._parts = None if recorder is None else Parts(game, recorder)
        self.refusal = ""
        self.step = 0
        self.d_updates = 0
        self.g_updates = 0
        self._settings = settings_of(config)

    @property
    def config(self) -> RunConfig:
        """Of the run; batches, and how fakes are used, may be set anew between two steps."""
        return self._game.config

    @config.setter
    def config(self, config: RunConfig) -> None:
        self._game.config = config

    @property
    def precision(self) -> Arithmetic:
        """Of the networks' forward pass; may be set anew between two steps."""
        return self._game.precision

    @precision.setter
    def precision(self, precision: Arithmetic) -> None:
        self._game.precision = precision

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

    @property
    def recordings(self) -> int:
        """Recordings made so far; 0 where updates are done eagerly."""
        return 0 if self._parts is None else self._parts.count

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

    def prepare(self, every_ratio: bool = True) -> None:
        """Record what steps are made of; nothing is trained.

        Without it each part is recorded when it is first needed. Where the device refuses, updates are done
        eagerly from then on, and :attr:`refusal` says why.

        Args:
            every_ratio: the parts of steps at any ratio, and single updates; else those of the present one
                alone.
        """
        found = self._pieces()
        if every_ratio:
            found += [(part,) for part in (*plan(self._game.config, 1, 1), Part.D, Part.G)]
        for parts in found:
            if self._parts is not None:
                try:
                    self._parts.prepare(parts)
                except RecordingError as error:
                    self._refuse(error)

    def train_step(self, between: Callable[[], None] | None = None) -> None:
        """One step: ``d_steps`` updates of D, then ``g_steps`` of G.

        With ``share_fakes`` the last D update looks at the images that the first G update learns from.

        Args:
            between: called between two updates, so that a long step can be watched; where updates are
                recorded, between those that are not played at once. It may look at counts and take sums; it
                must not train, change settings, or draw from the noise.
        """
        if self._parts is not None:
            self._parts.pace()
        for number, parts in enumerate(self._pieces()):
            if number and between is not None:
                between()
            self._play(parts, between)
        self.step += 1

    def d_update(self) -> None:
        """One update of D: ``d_batch`` real images and as many generated ones."""
        self._play((Part.D,))

    def g_update(self) -> None:
        """One update of G: ``g_batch`` generated images; then its running average."""
        self._play((Part.G,))

    def _pieces(self) -> list[tuple[Part, ...]]:
        parts = plan(self._game.config, self._settings.d_steps, self._settings.g_steps)
        return pieces(parts, averaged=self.average.decay > 0)

    def _play(self, parts: tuple[Part, ...], between: Callable[[], None] | None = None) -> None:
        if self._parts is not None:
            try:
                self._parts.play(parts, self.sampler.take)
            except RecordingError as error:
                self._refuse(error)
            else:
                for part in parts:
                    self._count_d(part.counts[0])
                    self._count_g(part.counts[1])
                return
        for number, part in enumerate(parts):
            if number and between is not None:
                between()
            self._play_eagerly(part, between)

    def _play_eagerly(self, part: Part, between: Callable[[], None] | None) -> None:
        game, config = self._game, self._game.config
        match part:
            case Part.D:
                self._eager_d(game.detached_fakes(game.noise(config.d_batch)))
            case Part.G:
                self._eager_g(game.fakes(game.noise(config.g_batch)))
            case Part.BOTH:
                fakes = game.fakes(game.noise(config.g_batch))
                self._eager_d(fakes.head(config.d_batch))
                if between is not None:
                    between()
                self._eager_g(fakes)

    def _eager_d(self, fakes: Batch) -> None:
        self._game.update_d(self.sampler.take(self._game.config.d_batch), fakes)
        self._count_d(1)

    def _eager_g(self, fakes: Batch) -> None:
        self._game.update_g(fakes)
        self._count_g(1)

    def _count_d(self, updates: int) -> None:
        self._game.sums.count(d_updates=updates)
        self.d_updates += updates

    def _count_g(self, updates: int) -> None:
        if updates:
            self.average.update()
            self._game.sums.count(g_updates=updates)
            self.g_updates += updates

    def _refuse(self, error: RecordingError) -> None:
        self._parts = None
        self.refusal = str(error)

    def take_sums(self) -> Sums:
        """Losses and opinions since the last call, in one transfer from the device; begins anew."""
        return self._game.sums.take()

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
