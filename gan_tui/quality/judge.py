"""A classifier that reads samples.

For well-known digits it comes with the program; for other data sets it is trained once, in slices. Both are
kept in the cache with the features of the real images.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from gan_tui.config.errors import GanTuiError
from gan_tui.data import Dataset
from gan_tui.optim import Adam
from gan_tui.quality.classifier import Classifier
from gan_tui.quality.distance import Statistics, frechet_distance
from gan_tui.quality.reading import Reading
from gan_tui.quality.store import load_judge, load_shipped, save_judge

BATCH: Final = 64
"""Images in one update: about 10 ms on one slow core."""
LEAST_UPDATES: Final = 700
"""Enough for 5,000 digits: about 97 % on digits it was not trained on."""
HELD_OUT: Final = 0.1
"""Share of the images that the judge is tested on, never trained."""
MOST_REFERENCES: Final = 5000
"""Real images whose features stand for all, and as many that the floor is drawn from."""
SLICE: Final = 100
"""Images read at once."""


HIGHEST_RATE: Final = 0.016


class JudgeError(GanTuiError):
    """The judge cannot read what it was given."""


class Judge:
    """Reads images: which class, how surely, and how far their features are from real ones.

    It draws from a random state of its own and never changes the global one, so that judging cannot change
    a training. All work is cut into slices of about 10 ms.
    """

    def __init__(self, dataset: Dataset, device: torch.device, cache: Path | None) -> None:
        self.classes = len(dataset.class_names)
        self.accuracy = 0.0
        self.ready = False
        self.progress = 0.0
        self._dataset = dataset
        self._device = device
        self._file = (
            None if cache is None else cache / "judges" / f"judge-4-{dataset.fingerprint}.safetensors"
        )
        height, width = dataset.images.shape[1:]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self._network = Classifier(1, height, width, self.classes).to(device)
        self._reference: Statistics | None = None
        self._spare = torch.zeros(0)
        self._floors: dict[int, float] = {}
        self._work: Iterator[None] = self._become_ready()
        if self._file is not None:
            self._take_from_cache(self._file)

    @staticmethod
    def open(dataset: Dataset, device: torch.device, cache: Path | None = None) -> "Judge":
        """The judge of a data set: from the cache where it was ready before, else still to become ready.

        Args:
            dataset: images of one size and their labels.
            device: where it reads.
            cache: folder to keep it in; None keeps it nowhere.
        """
        return Judge(dataset, device, cache)

    def work(self, budget: float) -> bool:
        """Become ready a little more, for about ``budget`` seconds; returns whether it is ready now."""
        end = time.perf_counter() + budget
        while not self.ready:
            if next(self._work, self) is self or time.perf_counter() >= end:
                break
        return self.ready

    @torch.inference_mode()
    def read(self, images: NDArray[np.uint8] | torch.Tensor) -> Reading:
        """Read uint8 images (N, H, W) or (N, 1, H, W).

        Raises:
            JudgeError: their size is not that of the data set.
        """
        if isinstance(images, torch.Tensor):
            found = images
        else:
            # Torch warns of arrays that it could not write to.
            found = torch.from_numpy(np.require(images, requirements=["C", "W"]))
        size = tuple(self._dataset.images.shape[1:])
        if tuple(found.shape[-2:]) != size:
            raise JudgeError(f"the judge reads images of {size}, not {tuple(found.shape[-2:])}")
        parts = []
        for part in torch.split(found.reshape(-1, 1, *size), SLICE):
            logits, features = self._network(part.to(self._device, torch.float32) / 255)
            confidence, classes = logits.softmax(1).max(1)
            parts.append(Reading(classes.cpu(), confidence.cpu(), features.cpu()))
        return (
            Reading.join(parts) if parts else Reading(torch.zeros(0).long(), torch.zeros(0), torch.zeros(0))
        )

    def distance(self, reading: Reading) -> float:
        """Fréchet distance of the reading's features to those of real images; at least 2 images.

        Raises:
            JudgeError: the judge is not ready, or the reading is of fewer than 2 images.
        """
        if self._reference is None or len(reading) < 2:
            raise JudgeError("a distance needs a judge that is ready and at least 2 images")
        return frechet_distance(Statistics.of(reading.features), self._reference)

    def floor(self, count: int) -> float:
        """The distance of ``count`` real images to the same real ones: the mean of four draws.

        A Fréchet distance of few samples is too large, and by as much for real ones: so no distance at this
        count can be expected below the floor. Where the data set is small, all its spare images are taken.
        """
        if self._reference is None:
            raise JudgeError("a floor needs a judge that is ready")
        count = max(2, min(count, len(self._spare)))
        if count not in self._floors:
            generator = torch.Generator().manual_seed(count)
            draws = [
                self._spare[torch.randperm(len(self._spare), generator=generator)[:count]] for _ in range(4)
            ]
            distances = [frechet_distance(Statistics.of(draw), self._reference) for draw in draws]
            self._floors[count] = sum(distances) / len(distances)
        return self._floors[count]

    def _become_ready(self) -> Iterator[None]:
        order = torch.randperm(len(self._dataset.labels), generator=torch.Generator().manual_seed(1))
        accuracy = load_shipped(self._dataset.fingerprint, self._network)
        if accuracy is not None:
            self.accuracy = accuracy
        else:
            held_out = order[: max(1, int(len(order) * HELD_OUT))]
            yield from self._train(order[len(held_out) :])
            yield from self._examine(held_out[: MOST_REFERENCES // 2])
        yield from self._measure_real(order)
        self.ready, self.progress = True, 1.0
        if self._file is not None:
            save_judge(self._file, self._network, self._reference_features, self._spare, self.accuracy)

    def _train(self, chosen: torch.Tensor) -> Iterator[None]:
        images, labels = self._tensors()
        updates = LEAST_UPDATES + min(LEAST_UPDATES, len(chosen) // (2 * BATCH))
        optimiser = Adam(self._network.parameters(), 0.0, (0.9, 0.999))
        generator = torch.Generator().manual_seed(2)
        for update in range(updates):
            picked = chosen[torch.randint(len(chosen), (BATCH,), generator=generator)]
            shift = torch.randint(-1, 2, (2,), generator=generator).tolist()
            batch = images[picked].to(self._device, torch.float32).unsqueeze(1) / 255
            # Shifted by a pixel: 5,000 images are few, and samples do not stand exactly in the middle.
            logits, _ = self._network(batch.roll(shift, (2, 3)))
            loss = functional.cross_entropy(logits, labels[picked].to(self._device))
            optimiser.clear()
            torch.autograd.backward(loss)
            optimiser.set_rate(one_cycle((update + 1) / updates))
            optimiser.update()
            self.progress = 0.9 * (update + 1) / updates
            yield

    def _examine(self, held_out: torch.Tensor) -> Iterator[None]:
        images, labels = self._tensors()
        right = 0
        for part in torch.split(held_out, SLICE):
            right += int((self.read(images[part]).classes == labels[part]).sum())
            yield
        self.accuracy = right / len(held_out)

    def _measure_real(self, order: torch.Tensor) -> Iterator[None]:
        images, _ = self._tensors()
        half = min(MOST_REFERENCES, len(order) // 2)
        features = []
        for part in torch.split(order[: 2 * half], SLICE):
            features.append(self.read(images[part]).features)
            yield
        # Every second one: the held-out images, which the judge knows less well, fall into both halves alike.
        joined = torch.cat(features)
        self._set_real(joined[0::2], joined[1::2])

    def _set_real(self, reference: torch.Tensor, spare: torch.Tensor) -> None:
        self._reference_features, self._spare = reference, spare
        self._reference = Statistics.of(reference)

    def _tensors(self) -> tuple[torch.Tensor, torch.Tensor]:
        images = torch.from_numpy(np.ascontiguousarray(self._dataset.images))
        return images, torch.from_numpy(self._dataset.labels.astype(np.int64))

    def _take_from_cache(self, path: Path) -> None:
        stored = load_judge(path, self._network)
        if stored is not None:
            reference, spare, self.accuracy = stored
            self._set_real(reference, spare)
            self.ready, self.progress = True, 1.0


def one_cycle(done: float) -> float:
    """Learning rate when this share of the training is done, 0 … 1: up for a fifth of it, then down to 0.

    Smith and Topin 2018 (arXiv 1708.07120).
    """
    return HIGHEST_RATE * (done / 0.2 if done < 0.2 else (1 - done) / 0.8)
