"""The article's networks over distinct pixels against the literal layers: time of a G step and of a D step.

Run ``python -m benchmarks.folding``. Literal and folded alternate in one process on equal parameters; each
figure is the median over the repeats, each ratio the median of the repeats' own ratios, so that a busy
machine disturbs them less. A step here is forward and backward, without the optimiser, which is the same for
both:

- G step: z → generator → discriminator (its weights frozen) → loss → gradients of the generator.
- D step: fakes from the generator (no gradient); the discriminator on as many real ones and on the fakes →
  gradients of the discriminator.
"""

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui.networks.article import ArticleDiscriminator, ArticleGenerator
from gan_tui.networks.literal import LiteralDiscriminator, LiteralGenerator

BATCHES = {"article": (16, 256), "balanced": (64, 64)}
"""Recipe → images of a D step and of a G step."""
FORMS = ("literal", "folded")
PRECISIONS = ("fp32", "bf16")


@dataclass(frozen=True)
class Row:
    """One line of the table; times in milliseconds."""

    recipe: str
    precision: str
    step: str
    batch: int
    repeats: int
    literal_ms: float
    folded_ms: float
    ratio: float


@dataclass(frozen=True)
class Networks:
    """A generator and a discriminator in one of the two forms."""

    generator: LiteralGenerator
    discriminator: LiteralDiscriminator

    def images(self, z: Tensor, precision: str) -> Tensor:
        """Fakes, in the named precision."""
        with self.autocast(z, precision):
            images: Tensor = self.generator(z)
        return images

    @staticmethod
    def autocast(z: Tensor, precision: str) -> torch.autocast:
        """The context of a forward pass."""
        return torch.autocast(z.device.type, torch.bfloat16, enabled=precision == "bf16")

    def generator_step(self, z: Tensor, precision: str) -> None:
        """Gradients of the generator, non-saturating loss."""
        self.generator.zero_grad(set_to_none=True)
        self.discriminator.requires_grad_(False)
        with self.autocast(z, precision):
            logits = self.discriminator(self.generator(z))
        functional.softplus(-logits).mean().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped

    def discriminator_step(self, z: Tensor, real: Tensor, precision: str) -> None:
        """Gradients of the discriminator on real and generated images."""
        self.discriminator.zero_grad(set_to_none=True)
        self.discriminator.requires_grad_(True)
        with torch.no_grad():
            fake = self.images(z, precision)
        with self.autocast(z, precision):
            on_real, on_fake = self.discriminator(real), self.discriminator(fake)
        (functional.softplus(-on_real).mean() + functional.softplus(on_fake).mean()).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped


def make_networks(device: str) -> dict[str, Networks]:
    """Both forms with equal parameters."""
    torch.manual_seed(0)
    literal = Networks(LiteralGenerator().to(device), LiteralDiscriminator().to(device))
    folded = Networks(ArticleGenerator().to(device), ArticleDiscriminator().to(device))
    folded.generator.load_state_dict(literal.generator.state_dict())
    folded.discriminator.load_state_dict(literal.discriminator.state_dict())
    return {"literal": literal, "folded": folded}


def milliseconds(work: Callable[[], None], device: str) -> float:
    """Wall time of one call, the device's queue included."""
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - start) * 1e3


def compare(
    works: dict[str, Callable[[], None]], device: str, repeats: int, seconds: float
) -> dict[str, list[float]]:
    """Times of each form, alternating: one unmeasured round, then rounds until a limit, and at least one."""
    for work in works.values():
        work()
    times: dict[str, list[float]] = {form: [] for form in works}
    start = time.perf_counter()
    while len(times["folded"]) < repeats and (not times["folded"] or time.perf_counter() - start < seconds):
        for form, work in works.items():
            times[form].append(milliseconds(work, device))
    return times


def measure(recipe: str, precision: str, device: str, repeats: int, seconds: float) -> list[Row]:
    """The recipe's two steps in one precision."""
    networks = make_networks(device)
    rows = []
    for step, batch in zip("DG", BATCHES[recipe], strict=True):
        z = torch.randn(batch, networks["literal"].generator.latent, device=device)
        real = torch.rand(batch, 1, 28, 28, device=device)
        works: dict[str, Callable[[], None]] = {
            form: partial(pair.generator_step, z, precision)
            if step == "G"
            else partial(pair.discriminator_step, z, real, precision)
            for form, pair in networks.items()
        }
        times = compare(works, device, repeats, seconds)
        medians = {form: statistics.median(times[form]) for form in FORMS}
        ratio = statistics.median(a / b for a, b in zip(times["literal"], times["folded"], strict=True))
        count = len(times["folded"])
        rows.append(Row(recipe, precision, step, batch, count, medians["literal"], medians["folded"], ratio))
    return rows


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description="Step time of the article's networks, literal and folded.")
    parser.add_argument("--recipe", choices=[*BATCHES, "all"], default="all")
    parser.add_argument("--precision", choices=[*PRECISIONS, "all"], default="all")
    parser.add_argument("--repeats", type=int, default=9, help="most repeats of a comparison")
    parser.add_argument(
        "--seconds", type=float, default=20.0, help="time of a comparison, past its first repeat"
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--threads", type=int, default=None, help="torch's threads; torch's own choice if left out"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    name = (
        torch.cuda.get_device_name()
        if options.device == "cuda"
        else platform.processor() or platform.machine()
    )
    machine = {
        "device": options.device,
        "name": name,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    if not options.json:
        print(", ".join(f"{key} {value}" for key, value in machine.items()))
        print("recipe     precision step batch repeats literal ms  folded ms  ratio")
    rows = []
    for recipe in BATCHES if options.recipe == "all" else [options.recipe]:
        for precision in PRECISIONS if options.precision == "all" else [options.precision]:
            for row in measure(recipe, precision, options.device, options.repeats, options.seconds):
                rows.append(row)
                if not options.json:
                    print(
                        f"{row.recipe:10} {row.precision:9} {row.step:>4} {row.batch:5} {row.repeats:7} "
                        f"{row.literal_ms:10.1f} {row.folded_ms:10.1f} {row.ratio:6.2f}",
                        flush=True,
                    )
    if options.json:
        print(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}, indent=2))


if __name__ == "__main__":
    main()
