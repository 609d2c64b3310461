"""The game on the device: what one update of D and one update of G compute.

Nothing here counts, waits or decides: all that changes lies in tensors that stay where they are, so that an
update may be recorded once and replayed (:mod:`gan_tui.training.graphs`).
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import Discriminator, Generator, Pair
from gan_tui.optim import Adam
from gan_tui.training.latent import Latent, Noise
from gan_tui.training.losses import loss_named
from gan_tui.training.precision import Arithmetic, arithmetic
from gan_tui.training.seeds import Stream, derive
from gan_tui.training.sums import Accumulator

_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
_Network = TypeVar("_Network", bound=nn.Module)


class Batch(NamedTuple):
    """Images (N, C, H, W) in [0, 1] and their labels (N,); None for a pair without labels."""

    images: Tensor
    labels: Tensor | None

    def head(self, count: int) -> "Batch":
        """The first ``count`` of them, cut off from the generator's gradients."""
        labels = None if self.labels is None else self.labels[:count]
        return Batch(self.images[:count].detach(), labels)


class Game:
    """Two networks, their optimisers, the data, the noise and the sums of losses, all on one device.

    Torch's global random state is left as it was found.

    Args:
        config: of the run. dataset: the images; they are copied to the device as bytes. device: where.
        precision: of the networks' forward pass. pair: the networks.
        recorded: whether updates will be recorded: rates are then scalars on the device.

    Attributes:
        config, device, precision, pair: as given; the first and the third may be set anew between updates.
        generator, discriminator: the networks in training, in train mode.
        d_optimiser, g_optimiser: their Adams.
        latent: noise and labels, and their random state.
        sums: of the losses.

    Raises:
        TrainingError: the loss is not there.
    """

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        device: torch.device,
        precision: Arithmetic,
        pair: Pair,
        recorded: bool = False,
    ) -> None:
        self.config, self.device, self.precision, self.pair = config, device, precision, pair
        self.loss = loss_named(config.loss)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive(config.seed, Stream.WEIGHTS))
            self.generator: Generator = _placed(pair.make_generator(), device)
            self.discriminator: Discriminator = _placed(pair.make_discriminator(), device)
        self._d_parameters = list(self.discriminator.parameters())
        # A discriminator that normalises over its batch would see other statistics in a joined batch.
        self._joins = not any(isinstance(part, _BATCH_NORMS) for part in self.discriminator.modules())
        betas = (config.beta1, config.beta2)
        self.d_optimiser = Adam(self._d_parameters, config.d_lr, betas, recorded)
        self.g_optimiser = Adam(self.generator.parameters(), config.g_lr, betas, recorded)
        self.latent = Latent.of(config, pair, device)
        self._images, self._labels = _on_device(dataset, device)
        self.sums = Accumulator(device)

    def state(self) -> Iterator[Tensor]:
        """Every tensor that an update changes."""
        for network in (self.generator, self.discriminator):
            yield from network.parameters()
            yield from network.buffers()
        for optimiser in (self.d_optimiser, self.g_optimiser):
            yield from (*optimiser.first, *optimiser.second, *optimiser.steps)
        yield from self.sums.tensors

    def noise(self, count: int) -> Noise:
        """New noise, and labels where the pair has them."""
        return Noise(self.latent.draw(count), self.latent.draw_labels(count) if self.pair.labelled else None)

    def fakes(self, noise: Noise) -> Batch:
        """Images of this noise by the generator, with its gradients."""
        with arithmetic(self.device, self.precision):
            return Batch(self.generator(*noise), noise.labels)

    def detached_fakes(self, noise: Noise) -> Batch:
        """Images of this noise by the generator, without gradients."""
        with torch.no_grad():
            return self.fakes(noise)

    def update_d(self, indices: Tensor, fakes: Batch) -> None:
        """One update of D.

        Args:
            indices: (N,), of the real images.
            fakes: without gradients.
        """
        reals = self._reals(indices)
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
        self.sums.add_d((loss_real, loss_fake), (logits_real, logits_fake))

    def update_g(self, fakes: Batch) -> None:
        """One update of G.

        Args:
            fakes: with gradients.
        """
        # D is passed through, not trained: its own gradients are not computed.
        self._freeze_d(True)
        try:
            loss = self.loss.generator(self._judge(fakes))
            self.g_optimiser.clear()
            loss.backward()  # type: ignore[no-untyped-call]  # torch 2.13 leaves it untyped
        finally:
            self._freeze_d(False)
        self.g_optimiser.update()
        self.sums.add_g(loss)

    def clear_gradients(self) -> None:
        """Forget the gradients of both networks."""
        self.d_optimiser.clear()
        self.g_optimiser.clear()

    def _reals(self, indices: Tensor) -> Batch:
        labels = self._labels.index_select(0, indices) if self.pair.labelled else None
        return Batch(self._images.index_select(0, indices) / 255, labels)

    def _judge(self, batch: Batch) -> Tensor:
        with arithmetic(self.device, self.precision):
            logits: Tensor = self.discriminator(batch.images, batch.labels)
        return logits

    def _descend_d(self, loss: Tensor) -> None:
        self.d_optimiser.clear()
        loss.backward()  # type: ignore[no-untyped-call]  # torch 2.13 leaves it untyped
        self.d_optimiser.update()

    def _freeze_d(self, frozen: bool) -> None:
        for parameter in self._d_parameters:
            parameter.requires_grad_(not frozen)


def _placed(network: _Network, device: torch.device) -> _Network:
    """On the device, in train mode, channels-last: a tenth faster on processors, not measured on CUDA."""
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
