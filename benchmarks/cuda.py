"""Training on CUDA, measured: graphs against eager steps, the article's iterations, the limit, the viewer.

Run ``python -m benchmarks.cuda`` on a machine with a CUDA device and nothing else to do; it takes about five
minutes (``--quick``: two), tells what it is at on stderr and prints one JSON object on stdout:

- ``machine``: what was measured on.
- ``article``: seconds of the article's 3,000 iterations by arithmetic, read 20 times a second as a trainer
  does; ``prepare_seconds``: to record its updates, once before.
- ``steps``: recipe → arithmetic → ``graphs_ms``, ``parts_ms`` and ``eager_ms`` a step, in blocks that
  alternate: as single graphs (``joined`` says whether they are), as graphs of their parts one by one, and
  eagerly; ``ratio`` eager : graphs, ``parts_ratio`` parts : graphs. ``parts_recorded``: of how many parts.
- ``joining``: the same of ``swift`` at 5:5 without a running average, ten parts a step, and ``join_ms``: how
  much longer the first step at a new ratio takes.
- ``limit``: share of the limit (gan_tui.bench.roofline) that a step of the article, and its G update of 256
  images alone, reach; by arithmetic.
- ``utilisation``: share of the time in which a kernel runs, by torch's profiler and by NVML.
- ``telemetry``: steps a second read 20 times a second and drawn twice a second, over those of steps alone.
- ``checkpoint``: ``checkpoint_ms``, how long the training thread needs for one, and ``arrival_ms``, until it
  is on the host; ``first_ms``: how long the thread needs for the first, which pays for the memory.
- ``viewer``: steps a second of a trainer with a viewer over those without; null with ``--no-viewer``.
- ``goals``: each goal (benchmarks.cuda_goals) beside what was found, and whether it holds.

A part that fails says why under its name and leaves the others their turn.
"""

import argparse
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import torch
from torch.autograd import DeviceType  # type: ignore[attr-defined]  # it is not in __all__

from benchmarks.cuda_goals import goals
from benchmarks.scratch import noise_images
from gan_tui.bench import viewing
from gan_tui.bench.machine import describe
from gan_tui.bench.rates import measure_rates
from gan_tui.bench.roofline import limit
from gan_tui.config.recipes import RECIPES
from gan_tui.config.sources import combine
from gan_tui.networks import pair_for
from gan_tui.training import checkpoint
from gan_tui.training.device import synchronise
from gan_tui.training.engine import Engine
from gan_tui.training.graphs.cuda import CudaRecorder
from gan_tui.training.hardware import ProcessReader, gpu_uuid
from gan_tui.training.precision import Arithmetic, alternatives, products

PARTS: Final[dict[str, dict[str, Any]]] = {"step": {}, "g_update": {"d_steps": 0, "g_steps": 1}}
"""Of the article: what is held against its limit."""
ITERATIONS: Final = 3000
IMAGES: Final = 60_000
"""As many as MNIST has."""
WATCHING: Final = 120.0
"""Seconds for the viewer's cost; the least is one round of about thirty."""
TICK: Final = 0.05
"""Seconds between two looks at the losses, as in training."""
MANY: Final = 5
"""Updates of each network in a step that is to have many parts."""
DRAWING: Final = 0.5
DRAWN: Final = 40


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 where there is no CUDA device."""
    options = _options(arguments)
    if not torch.cuda.is_available():
        print("benchmarks.cuda: it measures CUDA graphs, and torch sees no CUDA device here", file=sys.stderr)
        return 1
    device = torch.device("cuda", torch.cuda.current_device())
    bench = Bench(device, Clock(0.2 if options.quick else 1.0), options.iterations)
    print(json.dumps(bench.everything(viewer=not options.no_viewer), indent=2))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cuda", description="training on CUDA, measured"
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the time, and less sure figures")
    parser.add_argument("--no-viewer", action="store_true", help="leave the viewer's cost out")
    parser.add_argument("--iterations", type=int, default=ITERATIONS, help="of the article (default: 3000)")
    return parser.parse_args(arguments)


class Clock:
    """Seconds, and how many of them each measurement may take: ``scale`` times what is asked for."""

    def __init__(self, scale: float) -> None:
        self._scale = scale

    def allowed(self, seconds: float) -> float:
        """What is allowed of so many."""
        return seconds * self._scale

    def until(self, seconds: float) -> Callable[[], bool]:
        """Whether so many have not passed yet."""
        end = time.perf_counter() + self.allowed(seconds)
        return lambda: time.perf_counter() < end


class Bench:
    """All measurements on one device.

    Args:
        device: where. clock: how long. iterations: of the article.
    """

    def __init__(self, device: torch.device, clock: Clock, iterations: int) -> None:
        self._device, self._clock, self._iterations = device, clock, iterations
        self._dataset = noise_images(IMAGES)
        self._arithmetics: tuple[Arithmetic, ...] = ("fp32", *alternatives(device))

    def everything(self, viewer: bool) -> dict[str, Any]:
        """One object of all figures, or of why one is missing."""
        parts: dict[str, Callable[[], Any]] = {
            "machine": lambda: msgspec.to_builtins(describe(self._device)),
            "article": lambda: {name: self.article(name) for name in self._arithmetics},
            "steps": lambda: {recipe: self.steps(recipe) for recipe in RECIPES},
            "joining": self.joining,
            "limit": lambda: {name: self.limit(name) for name in self._arithmetics},
            "utilisation": self.utilisation,
            "telemetry": self.telemetry,
            "checkpoint": self.checkpoint,
        }
        figures = {name: attempt(name, part) for name, part in parts.items()}
        budget = self._clock.allowed(WATCHING)
        watching = (
            attempt("viewer", lambda: msgspec.to_builtins(viewing.measure({"recipe": "labelled"}, budget)))
            if viewer
            else None
        )
        figures["viewer"] = watching
        return {**figures, "goals": goals(figures)}

    def article(self, name: Arithmetic) -> dict[str, Any]:
        """The article's iterations, from recorded updates on."""
        with products(name):
            engine = self._recorded("article", name)
            prepare = self._timed(engine.prepare)
            looked = time.perf_counter()
            start = looked
            for _ in range(self._iterations):
                engine.train_step()
                if time.perf_counter() - looked >= TICK:
                    engine.take_sums()
                    looked = time.perf_counter()
            synchronise(self._device)
            seconds = time.perf_counter() - start
        return {
            "iterations": self._iterations,
            "training_seconds": seconds,
            "prepare_seconds": prepare,
            "recorded": engine.recordings,
            "refusal": engine.refusal,
        }

    def steps(self, recipe: str) -> dict[str, Any]:
        """Steps as single graphs, as graphs of their parts, and eager ones, in turn."""
        found: dict[str, Any] = {}
        for name in self._arithmetics:
            with products(name):
                joining = CudaRecorder(self._device)
                graphs = self._engine(recipe, name, joining)
                parts = self._engine(recipe, name, CudaRecorder(self._device, join=False))
                eager = self._engine(recipe, name, None)
                for one in (graphs, parts):
                    one.prepare()
                rows = self._alternate(graphs, parts, eager)
            found[name] = {
                "joined": joining.joins,
                "graphs_ms": statistics.median(row[0] for row in rows) * 1e3,
                "parts_ms": statistics.median(row[1] for row in rows) * 1e3,
                "eager_ms": statistics.median(row[2] for row in rows) * 1e3,
                "parts_ratio": statistics.median(row[1] / row[0] for row in rows),
                "ratio": statistics.median(row[2] / row[0] for row in rows),
                "blocks": len(rows),
                "parts_recorded": graphs.recordings,
                "refusal": graphs.refusal,
            }
        return found

    def joining(self) -> dict[str, Any]:
        """Steps of many parts, as single graphs and part by part, and the first at a new ratio."""
        recorder = CudaRecorder(self._device)
        values = {"d_steps": MANY, "g_steps": MANY, "ema": 0.0, "share_fakes": False}
        graphs = self._engine("swift", "bf16", recorder, **values)
        parts = self._engine("swift", "bf16", CudaRecorder(self._device, join=False), **values)
        for one in (graphs, parts):
            one.prepare()
        rows = self._alternate(graphs, parts)
        usual, first = [], []
        for count in range(1, MANY):
            settings = msgspec.structs.replace(graphs.settings, d_steps=count, g_steps=MANY)
            graphs.apply_settings(settings)
            first.append(self._timed(graphs.train_step))
            usual.append(self._timed(graphs.train_step))
        return {
            "joined": recorder.joins,
            "graphs_ms": statistics.median(row[0] for row in rows) * 1e3,
            "parts_ms": statistics.median(row[1] for row in rows) * 1e3,
            "parts_ratio": statistics.median(row[1] / row[0] for row in rows),
            "join_ms": statistics.median(one - two for one, two in zip(first, usual, strict=True)) * 1e3,
        }

    def limit(self, name: Arithmetic) -> dict[str, Any]:
        """A step of the article, and its G update alone, against the least time that they can take."""
        with products(name):
            rates = measure_rates(self._device, 0, name)
            shares: dict[str, Any] = {"multiply_adds_per_second": rates.multiply_adds_per_second}
            for part, values in PARTS.items():
                engine = self._recorded("article", name, **values)
                engine.prepare()
                self._block(engine, 20)
                seconds = statistics.median(self._blocks(engine))
                least = limit(engine.config, engine.pair, rates)
                shares[part] = {
                    "ms": seconds * 1e3,
                    "limit_ms": least.seconds * 1e3,
                    "share": least.share(seconds),
                }
        return shares

    def utilisation(self) -> dict[str, Any]:
        """How much of the time the device works, while the article trains in bfloat16."""
        engine = self._recorded("article", "bf16")
        engine.prepare()
        self._block(engine, 20)
        return {"nvml_percent": self._nvml(engine), "profiler_share": self._profiled(engine)}

    def telemetry(self) -> dict[str, Any]:
        """Steps alone, and steps that are looked at and drawn from as in a trainer with a viewer, in turn."""
        rows = []
        engine = self._recorded("labelled", "bf16")
        engine.prepare()
        self._block(engine, 20)
        z, labels = engine.fixed_latent(DRAWN, 0)
        for _ in range(5):
            alone = self._rate(engine, lambda: None, lambda: None)
            looked = self._rate(engine, engine.take_sums, lambda: engine.draw(z, labels, ema=True))
            rows.append(looked / alone)
        return {"throughput_ratio": statistics.median(rows), "rows": rows}

    def checkpoint(self) -> dict[str, Any]:
        """What a checkpoint of the largest networks costs the training thread; the first pays for memory."""
        engine = self._recorded("labelled", "bf16")
        engine.prepare()
        preview = torch.zeros(10, 28, 28, dtype=torch.uint8)
        thread, arrival = [], []
        for _ in range(6):
            self._block(engine, 20)
            start = time.perf_counter()
            captured = checkpoint.capture(engine, preview)
            thread.append((time.perf_counter() - start) * 1e3)
            captured.copies.arrive()
            arrival.append((time.perf_counter() - start) * 1e3)
        later = statistics.median(thread[1:]), statistics.median(arrival[1:])
        return {"first_ms": thread[0], "checkpoint_ms": later[0], "arrival_ms": later[1]}

    def _recorded(self, recipe: str, name: Arithmetic, **values: Any) -> Engine:
        return self._engine(recipe, name, CudaRecorder(self._device), **values)

    def _engine(self, recipe: str, name: Arithmetic, recorder: CudaRecorder | None, **values: Any) -> Engine:
        config = combine({"recipe": recipe, **values})
        pair = pair_for(config, self._dataset)
        return Engine(config, self._dataset, self._device, name, pair, recorder)

    def _timed(self, work: Callable[[], object]) -> float:
        synchronise(self._device)
        start = time.perf_counter()
        work()
        synchronise(self._device)
        return time.perf_counter() - start

    def _block(self, engine: Engine, count: int) -> float:
        """Seconds of a step, over so many."""

        def steps() -> None:
            for _ in range(count):
                engine.train_step()

        return self._timed(steps) / count

    def _length(self, engine: Engine) -> int:
        """Steps of which a block takes about a twentieth of a second."""
        self._block(engine, 5)
        return max(5, int(0.05 / self._block(engine, 5)))

    def _blocks(self, engine: Engine) -> list[float]:
        count = self._length(engine)
        going, found = self._clock.until(2.0), [self._block(engine, count)]
        while going():
            found.append(self._block(engine, count))
        return found

    def _alternate(self, *engines: Engine) -> list[tuple[float, ...]]:
        counts = [self._length(engine) for engine in engines]
        going = self._clock.until(3.0)
        rows: list[tuple[float, ...]] = []
        while going() or len(rows) < 3:
            rows.append(tuple(map(self._block, engines, counts)))
        return rows

    def _rate(self, engine: Engine, look: Callable[[], object], draw: Callable[[], object]) -> float:
        """Steps a second, looked at and drawn from at a trainer's rhythm."""
        going, start, count = self._clock.until(3.0), time.perf_counter(), 0
        looked = drawn = start
        while going():
            engine.train_step()
            count += 1
            now = time.perf_counter()
            if now - looked >= TICK:
                look()
                looked = now
            if now - drawn >= DRAWING:
                draw()
                drawn = now
        synchronise(self._device)
        return count / (time.perf_counter() - start)

    def _nvml(self, engine: Engine) -> float | None:
        """Mean of what NVML says; None where it says nothing."""
        reader = ProcessReader(gpu_uuid(torch.cuda.get_device_properties(self._device)))
        found: list[float] = []
        over = threading.Event()

        def read() -> None:
            while not over.wait(0.25):
                percent = reader().gpu_percent
                if percent is not None:
                    found.append(percent)

        thread = threading.Thread(target=read)
        thread.start()
        try:
            going = self._clock.until(6.0)
            while going():
                self._block(engine, 100)
        finally:
            over.set()
            thread.join()
        return statistics.mean(found[len(found) // 3 :]) if found else None  # it looks back about a second

    def _profiled(self, engine: Engine) -> float:
        """Share of the time from the first kernel's start to the last one's end in which one runs."""
        activities = [torch.profiler.ProfilerActivity.CUDA]
        with torch.profiler.profile(activities=activities) as profile:
            self._block(engine, 100)
        times = [
            (event.time_range.start, event.time_range.end)
            for event in profile.events() or ()
            if event.device_type == DeviceType.CUDA
        ]
        return busy_share(times)


def attempt(name: str, part: Callable[[], Any]) -> Any:
    """A part's figures, or why there are none."""
    start = time.perf_counter()
    print(f"{name} …", file=sys.stderr, flush=True)
    try:
        figures = part()
    except Exception as error:  # noqa: BLE001 - the other parts are worth having
        figures = {"failed": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}
    print(f"{name}: {time.perf_counter() - start:.1f} s", file=sys.stderr, flush=True)
    return figures


def busy_share(times: Sequence[tuple[float, float]]) -> float:
    """Share of a span that intervals cover, each instant counted once.

    Args:
        times: start and end of each.

    Raises:
        ValueError: there is none.
    """
    if not times:
        raise ValueError("the profiler saw no kernel")
    covered, reached = 0.0, min(start for start, _ in times)
    first = reached
    for start, end in sorted(times):
        covered += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return covered / (reached - first)


if __name__ == "__main__":
    sys.exit(main())
