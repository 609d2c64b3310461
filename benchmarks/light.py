"""The light pair's passes against its layers on a CPU: a whole step of ``swift``, and each part of it.

Run ``python -m benchmarks.light``. Both forms alternate in one process, in blocks, on equal networks. Times
are of the process on the processors, so that others on the machine disturb them less than a clock would; but
on two threads and more they count all that the threads do, waiting included, so that there the clock's are
shown. Each figure is the median and the least; a ratio is the layers' time by the passes'.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.scratch import noise_images
from gan_tui.config.sources import combine
from gan_tui.networks import light, pair_for, pair_named
from gan_tui.training.engine import Engine

FORMS = ("layers", "passes")
BLOCK = 5
"""Repeats of one form, before it is the other's turn; one more goes first and is not counted."""
CLASSES = 10
IMAGES = 6000


@contextmanager
def form(name: str) -> Iterator[None]:
    """The networks compute in this form."""
    usual = light.by_hand
    if name == "layers":
        light.by_hand = lambda inputs: False  # noqa: ARG005 - the function's argument
    try:
        yield
    finally:
        light.by_hand = usual


@dataclass
class Times:
    """Of one part, in seconds."""

    layers: list[float] = field(default_factory=list)
    passes: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Milliseconds and ratios, by the median and by the least."""
        found: dict[str, float] = {}
        for kind, of in (("median", statistics.median), ("least", min)):
            found |= {f"{name}_{kind}_ms": of(getattr(self, name)) * 1e3 for name in FORMS}
            found[f"ratio_{kind}"] = of(self.layers) / of(self.passes)
        return found


class Parts:
    """The networks' share of a step, part by part."""

    def __init__(self, batch: int) -> None:
        torch.manual_seed(0)
        pair = pair_named("light-labelled").for_classes(CLASSES)
        self._generator, self._discriminator = pair.make_generator(), pair.make_discriminator()
        for network in (self._generator, self._discriminator):
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
        self._z = torch.randn(batch, pair.latent)
        self._labels = torch.arange(2 * batch) % CLASSES
        self._joined = torch.rand(2 * batch, *pair.image_shape)

    def run(self, clock: Callable[[], float]) -> dict[str, float]:
        """Seconds of each part, once."""
        found: dict[str, float] = {}

        def timed(name: str, work: Callable[[], Tensor]) -> Tensor:
            start = clock()
            result = work()
            found[name] = clock() - start
            return result

        def back(of: Tensor, gradient: Tensor | None = None) -> Tensor:
            of.backward(gradient)  # type: ignore[no-untyped-call]  # torch leaves it untyped
            return of

        generator, discriminator, labels = self._generator, self._discriminator, self._labels
        for network in (generator, discriminator):
            network.zero_grad()
            network.requires_grad_(True)
        logits = timed("D, joined batch", lambda: discriminator(self._joined, labels))
        loss = functional.softplus(-logits).mean()
        timed("its gradients", lambda: back(loss))
        own = labels[: len(self._z)]
        images = timed("G", lambda: generator(self._z, own))
        discriminator.requires_grad_(False)
        seen = images.detach().requires_grad_()
        logits = timed("D for G", lambda: discriminator(seen, own))
        loss = functional.softplus(-logits).mean()
        timed("the images' gradients", lambda: back(loss))
        timed("G's gradients", lambda: back(images, seen.grad))
        generator.eval()
        with torch.inference_mode():
            timed("drawing a batch", lambda: generator(self._z, own))
        generator.train()
        return found


def engine(batch: int) -> Engine:
    """``swift`` on noise: the images do not matter to the time."""
    dataset = noise_images(IMAGES)
    config = combine({"recipe": "swift", "d_batch": batch, "g_batch": batch})
    return Engine(config, dataset, torch.device("cpu"), "fp32", pair_for(config, dataset))


def measure(batch: int, repeats: int, clock: Callable[[], float]) -> dict[str, Times]:
    """Whole steps, then parts; so many repeats of each form."""
    engines = {name: engine(batch) for name in FORMS}
    parts = {name: Parts(batch) for name in FORMS}
    found: dict[str, Times] = {}

    def whole(name: str) -> dict[str, float]:
        start = clock()
        engines[name].train_step()
        return {"a whole step": clock() - start}

    def part(name: str) -> dict[str, float]:
        return parts[name].run(clock)

    for work in (whole, part):
        for _ in range(-(-repeats // BLOCK)):
            for name in FORMS:
                with form(name):
                    work(name)
                    for _ in range(BLOCK):
                        for label, seconds in work(name).items():
                            getattr(found.setdefault(label, Times()), name).append(seconds)
    return found


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description="The light pair on a CPU: layers and passes.")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=200, help="of each form")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    clock = time.process_time if options.threads == 1 else time.perf_counter
    found = measure(options.batch, options.repeats, clock)
    machine = {
        "capability": torch.backends.cpu.get_cpu_capability(),
        "threads": options.threads,
        "torch": torch.__version__,
        "batch": options.batch,
    }
    if options.json:
        rows = {label: times.summary() for label, times in found.items()}
        print(json.dumps({"machine": machine, "rows": rows}, indent=2))
        return
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
    print(f"{'median (least), ms':22} {'layers':>16} {'passes':>16} {'ratio':>14}")
    for label, times in found.items():
        row = times.summary()
        cells = [f"{row[f'{name}_median_ms']:.2f} ({row[f'{name}_least_ms']:.2f})" for name in FORMS]
        ratio = f"{row['ratio_median']:.2f} ({row['ratio_least']:.2f})"
        print(f"{label:22} {cells[0]:>16} {cells[1]:>16} {ratio:>14}")


if __name__ == "__main__":
    main()
