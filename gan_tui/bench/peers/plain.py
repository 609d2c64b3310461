"""A plain good PyTorch loop: what somebody who knows the library writes in an afternoon.

DataLoader over images in memory that are fetched a batch at a time (no worker processes: handing 64 small
images from one process to another costs more than looking them up), ``set_to_none``, torch's own Adam, BCE
with logits, losses kept as tensors, D frozen while G learns, one joined D pass where the recipe does not
split it, fakes shared by D and G where the recipe says so, eager float32, the layers as written. On CUDA
float32 is exact, in convolutions too, where torch alone would take TF32.
"""

import math
from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import BatchSampler, DataLoader, RandomSampler
from torch.utils.data import Dataset as TorchDataset

from gan_tui.bench.peers.peer import Losses, Source
from gan_tui.bench.peers.shared import OwnNoise, image_tensor, literal_networks
from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import pair_for
from gan_tui.training.graphs.plan import shares_fakes

Fakes = tuple[Tensor, Tensor | None]
"""Images (N, 1, H, W) and their labels (N,)."""


class _Images(TorchDataset[tuple[Tensor, Tensor]]):
    """Images and labels in memory, looked up by a list of places."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self._images, self._labels = images, labels

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, places: list[int]) -> tuple[Tensor, Tensor]:
        chosen = torch.tensor(places)
        return self._images[chosen], self._labels[chosen]


class Plain:
    """See the module."""

    name = "plain"
    compiles = False

    def __init__(self) -> None:
        self.block = 1

    def available(self, device: torch.device) -> str | None:  # noqa: ARG002 - the protocol's argument
        """It runs wherever torch does."""
        return None

    def prepare(
        self,
        config: RunConfig,
        dataset: Dataset,
        device: torch.device,
        threads: int,
        source: Source | None = None,
    ) -> None:
        """See ``Peer.prepare``."""
        torch.set_num_threads(threads)
        self._threads, self._config, self._device, self._source = threads, config, device, source
        self._pair = pair_for(config, dataset)
        self._generator, self._discriminator = literal_networks(config, self._pair, device)
        self._draw, self._judge = self._called(self._generator, self._discriminator)
        betas = (config.beta1, config.beta2)
        self._d_adam = torch.optim.Adam(self._discriminator.parameters(), config.d_lr, betas)
        self._g_adam = torch.optim.Adam(self._generator.parameters(), config.g_lr, betas)
        self._average = (
            AveragedModel(
                self._generator,
                multi_avg_fn=get_ema_multi_avg_fn(config.ema),  # type: ignore[no-untyped-call]  # torch's
                use_buffers=True,
            )
            if config.ema
            else None
        )
        self._own = OwnNoise(config, self._pair, device)
        self._images, self._labels = image_tensor(dataset), torch.tensor(dataset.labels).long()
        self._batches = self._endless()

    def step(self, count: int) -> Losses:
        """See ``Peer.step``; the losses are read at the end, all at once."""
        torch.set_num_threads(self._threads)
        config = self._config
        real: list[Tensor] = []
        fake: list[Tensor] = []
        made: list[Tensor] = []
        for _ in range(count):
            shared: Fakes | None = None
            for number in range(config.d_steps):
                if number == config.d_steps - 1 and shares_fakes(config):
                    shared = self._fakes(config.g_batch)
                    images, labels = shared
                    few = None if labels is None else labels[: config.d_batch]
                    losses = self._learn_d((images[: config.d_batch].detach(), few))
                else:
                    with torch.no_grad():
                        fakes = self._fakes(config.d_batch)
                    losses = self._learn_d(fakes)
                real.append(losses[0].detach())
                fake.append(losses[1].detach())
            for number in range(config.g_steps):
                fakes = shared if number == 0 and shared is not None else self._fakes(config.g_batch)
                made.append(self._learn_g(fakes).detach())
        return Losses(_mean(real), _mean(fake), _mean(made))

    def close(self) -> None:
        """See ``Peer.close``."""
        for name in ("_generator", "_discriminator", "_draw", "_judge", "_d_adam", "_g_adam", "_average"):
            self.__dict__.pop(name, None)

    def _called(self, generator: nn.Module, discriminator: nn.Module) -> tuple[nn.Module, nn.Module]:
        """What is called to draw and to judge: the networks themselves, in the quicker layout.

        On processors channels last makes the light pair's step a seventh shorter, and the article's a third
        (torch 2.13, AVX2); on GPUs float32 is left as it is.
        """
        if self._device.type == "cpu":
            channels_last(generator, discriminator)
        return generator, discriminator

    def _endless(self) -> Iterator[tuple[Tensor, Tensor]]:
        size, count = self._config.d_batch, len(self._images)
        data = _Images(self._images, self._labels)
        # More images in a batch than there are: some more than once.
        order = RandomSampler(data, replacement=size > count, num_samples=max(size, count))
        loader = DataLoader(data, sampler=BatchSampler(order, size, drop_last=True), batch_size=None)
        while True:
            yield from loader

    def _reals(self) -> Fakes:
        if self._source is None:
            images, labels = next(self._batches)
        else:
            places = self._source.indices(self._config.d_batch)
            images, labels = self._images[places.cpu()], self._labels[places.cpu()]
        images = images.to(self._device, non_blocking=True).to(torch.get_default_dtype()) / 255
        return images, labels.to(self._device, non_blocking=True) if self._pair.labelled else None

    def _fakes(self, count: int) -> Fakes:
        z, labels = (self._source or self._own).noise(count)
        return self._draw(z, labels), labels

    def _learn_d(self, fakes: Fakes) -> tuple[Tensor, Tensor]:
        reals = self._reals()
        count = len(reals[0])
        if self._config.split_d_update:
            loss_real = _towards(self._judge(*reals), 1.0)
            self._descend(self._d_adam, loss_real)
            loss_fake = _towards(self._judge(*fakes), 0.0)
            self._descend(self._d_adam, loss_fake)
            return loss_real, loss_fake
        labels = None
        if reals[1] is not None and fakes[1] is not None:
            labels = torch.cat([reals[1], fakes[1]])
        logits = self._judge(torch.cat([reals[0], fakes[0]]), labels)
        loss_real, loss_fake = _towards(logits[:count], 1.0), _towards(logits[count:], 0.0)
        self._descend(self._d_adam, loss_real + loss_fake)
        return loss_real, loss_fake

    def _learn_g(self, fakes: Fakes) -> Tensor:
        self._discriminator.requires_grad_(False)
        loss = _towards(self._judge(*fakes), 1.0)
        self._descend(self._g_adam, loss)
        self._discriminator.requires_grad_(True)
        if self._average is not None:
            self._average.update_parameters(self._generator)
        return loss

    @staticmethod
    def _descend(adam: torch.optim.Adam, loss: Tensor) -> None:
        adam.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch 2.13 leaves it untyped
        adam.step()


def channels_last(*networks: nn.Module) -> None:
    """Bring the networks' convolutions into that layout."""
    for network in networks:
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # documented, not in its stub


def _towards(logits: Tensor, target: float) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def _mean(losses: list[Tensor]) -> float:
    return cast("float", torch.stack(losses).mean().item()) if losses else math.nan
