"""The loop of the article "Generating handwriting with a GAN" as it is written, our own re-implementation.

Layers as written, D ends in a sigmoid and BCELoss looks at it, D learns from real and from generated images
one after the other, each loss is read by ``.item()`` as soon as it is there, fakes are made anew for each
update. :class:`AsWrittenWithData` also builds data set and loader anew for each D update, from the MATLAB
file, as the article does. The other recipes are written in the same style, with their own networks and
settings.
"""

import copy
import math
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.io import loadmat, savemat
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from gan_tui.bench.environment import folder
from gan_tui.bench.peers.peer import Losses, Source
from gan_tui.bench.peers.shared import OwnNoise, literal_networks
from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import pair_for


class ArticleData(TorchDataset[tuple[NDArray[np.float32], NDArray[np.float32]]]):
    """The MATLAB file's training images, shuffled, with one-hot labels.

    Args:
        path: of a file with ``train0``, ``train1``, …: uint8 (n, H · W).
        classes: how many of them. side: (H, W).
    """

    def __init__(self, path: Path, classes: int, side: tuple[int, int]) -> None:
        file = loadmat(str(path))
        rows = [(row, number) for number in range(classes) for row in file[f"train{number}"]]
        order = np.random.default_rng().permutation(len(rows))
        self._images = [rows[place][0].reshape(1, *side).astype(np.float32) / 255 for place in order]
        self._labels = [np.eye(classes, dtype=np.float32)[rows[place][1]] for place in order]

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, place: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self._images[place], self._labels[place]


class AsWritten:
    """The loop, over a data set that is read once."""

    name = "as_written"
    compiles = False
    reads_anew = False

    def __init__(self) -> None:
        self.block = 1
        self._folder: tempfile.TemporaryDirectory[str] | None = None

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
        """See ``Peer.prepare``; writes the data set as a MATLAB file into a temporary folder."""
        torch.set_num_threads(threads)
        self._threads, self._config, self._device, self._source = threads, config, device, source
        self._pair = pair_for(config, dataset)
        self._generator, self._discriminator = literal_networks(config, self._pair, device)
        self._average = copy.deepcopy(self._generator) if config.ema else None
        betas = (config.beta1, config.beta2)
        self._d_adam = torch.optim.Adam(self._discriminator.parameters(), lr=config.d_lr, betas=betas)
        self._g_adam = torch.optim.Adam(self._generator.parameters(), lr=config.g_lr, betas=betas)
        self._bce = nn.BCELoss()
        self._own = OwnNoise(config, self._pair, device)
        self._dataset = dataset
        if source is None:
            self._folder = tempfile.TemporaryDirectory(prefix="gan-tui-bench-", dir=folder())
            self._path = Path(self._folder.name) / "data.mat"
            write_mat(self._path, dataset)
            self._batches = self._endless()

    def step(self, count: int) -> Losses:
        """See ``Peer.step``."""
        torch.set_num_threads(self._threads)
        real: list[float] = []
        fake: list[float] = []
        made: list[float] = []
        for _ in range(count):
            for _ in range(self._config.d_steps):
                losses = self._learn_d()
                real.append(losses[0])
                fake.append(losses[1])
            made.extend(self._learn_g() for _ in range(self._config.g_steps))
        return Losses(*(statistics.fmean(some) if some else math.nan for some in (real, fake, made)))

    def close(self) -> None:
        """See ``Peer.close``; the file is removed."""
        for name in ("_generator", "_discriminator", "_d_adam", "_g_adam", "_average", "_batches"):
            self.__dict__.pop(name, None)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _loader(self) -> DataLoader[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        height, width = self._dataset.images.shape[-2:]
        data = ArticleData(self._path, len(self._dataset.class_names), (height, width))
        return DataLoader(data, batch_size=self._config.d_batch, shuffle=True)

    def _endless(self) -> Iterator[list[Tensor]]:
        loader = self._loader()
        while True:
            for batch in loader:
                if len(batch[0]) == min(self._config.d_batch, len(self._dataset.images)):
                    yield batch

    def _reals(self) -> tuple[Tensor, Tensor | None]:
        if self._source is not None:
            places = self._source.indices(self._config.d_batch).cpu().numpy()
            images = torch.tensor(self._dataset.images[places]).unsqueeze(1) / 255
            labels = torch.tensor(self._dataset.labels[places]).long()
        else:
            images, one_hot = next(iter(self._loader())) if self.reads_anew else next(self._batches)
            labels = one_hot.argmax(dim=1)
        return images.to(self._device), labels.to(self._device) if self._pair.labelled else None

    def _believed(self, images: Tensor, labels: Tensor | None) -> Tensor:
        """D's output as the article has it: a probability, (N,)."""
        return torch.sigmoid(self._discriminator(images, labels))

    def _learn_d(self) -> tuple[float, float]:
        split = self._config.split_d_update
        self._d_adam.zero_grad()
        output = self._believed(*self._reals())
        loss_true = self._bce(output, torch.ones_like(output))
        loss_true.backward()
        true = loss_true.item()
        if split:
            self._d_adam.step()
            self._d_adam.zero_grad()
        z, labels = (self._source or self._own).noise(self._config.d_batch)
        fake = self._generator(z, labels).detach()
        output = self._believed(fake, labels)
        loss_false = self._bce(output, torch.zeros_like(output))
        loss_false.backward()
        self._d_adam.step()
        return true, loss_false.item()

    def _learn_g(self) -> float:
        z, labels = (self._source or self._own).noise(self._config.g_batch)
        self._g_adam.zero_grad()
        output = self._believed(self._generator(z, labels), labels)
        loss = self._bce(output, torch.ones_like(output))
        loss.backward()
        self._g_adam.step()
        if self._average is not None:
            keep = self._config.ema
            with torch.no_grad():
                pairs = zip(self._average.parameters(), self._generator.parameters(), strict=True)
                for average, parameter in pairs:
                    average.mul_(keep).add_(parameter, alpha=1 - keep)
        value: float = loss.item()
        return value


class AsWrittenWithData(AsWritten):
    """The loop as written to the last line: data set and loader built anew for each D update."""

    name = "as_written_with_data"
    reads_anew = True


def write_mat(path: Path, dataset: Dataset) -> None:
    """Write a data set as the article's file has it: ``train0``, ``train1``, … uint8 (n, H · W)."""
    flat = dataset.images.reshape(len(dataset.images), -1)
    savemat(
        str(path),
        {f"train{number}": flat[dataset.labels == number] for number in range(len(dataset.class_names))},
    )
