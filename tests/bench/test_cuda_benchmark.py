"""The benchmark on CUDA where there is none: its steps are recorded by the stand-in, its clock is short."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.autograd import DeviceType  # type: ignore[attr-defined]  # it is not in __all__

from benchmarks import cuda
from benchmarks.cuda_goals import goals
from gan_tui.bench.rates import Rates
from gan_tui.config.sources import combine
from gan_tui.link.messages import Hardware
from gan_tui.networks import pair_for
from gan_tui.training.engine import Engine
from tests.training.tape import TapeRecorder


class Recorder(TapeRecorder):
    """As CudaRecorder, on a CPU."""

    def __init__(self, device: torch.device, join: bool = True) -> None:
        super().__init__()
        assert device.type == "cpu"
        self.joins = join


class Bench(cuda.Bench):
    """With small batches, in exact arithmetic."""

    def _engine(self, recipe: str, name: str, recorder: Any, **values: Any) -> Engine:  # noqa: ARG002 - fp32
        config = combine({"recipe": recipe, "d_batch": 2, "g_batch": 3, **values})
        pair = pair_for(config, self._dataset)
        return Engine(config, self._dataset, self._device, "fp32", pair, recorder)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(cuda, "CudaRecorder", Recorder)
    monkeypatch.setattr(cuda, "IMAGES", 50)
    return Bench(torch.device("cpu"), cuda.Clock(0.01), iterations=2)


def test_steps_are_compared_as_graphs_as_parts_and_eagerly(bench: Bench) -> None:
    found = bench.steps("swift")["fp32"]
    assert found["joined"] is True
    assert found["refusal"] == ""
    assert found["parts_recorded"] > 0
    assert found["blocks"] >= 3
    assert all(found[name] > 0 for name in ("graphs_ms", "parts_ms", "eager_ms", "ratio", "parts_ratio"))


def test_steps_of_many_parts_are_joined_at_each_new_ratio(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Recorder] = []

    def recorder(*given: Any, **named: Any) -> Recorder:
        made.append(Recorder(*given, **named))
        return made[-1]

    monkeypatch.setattr(cuda, "CudaRecorder", recorder)
    found = bench.joining()
    joining, parts = made
    assert (joining.joins, parts.joins) == (True, False)
    assert found["joined"] is True
    assert found["graphs_ms"] > 0
    assert [0] * cuda.MANY + [1] * cuda.MANY in joining.joined
    assert [len(one) for one in joining.joined[-(cuda.MANY - 1) :]] == [
        count + cuda.MANY for count in range(1, cuda.MANY)
    ], "each new ratio once"


def test_the_articles_iterations(bench: Bench) -> None:
    found = bench.article("fp32")
    assert found["iterations"] == 2
    assert found["training_seconds"] > 0
    assert found["refusal"] == ""
    assert found["recorded"] > 0


def test_a_part_that_fails_leaves_the_others_their_turn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("article", "steps", "limit", "utilisation", "telemetry", "checkpoint"):
        monkeypatch.setattr(bench, name, lambda *_: {"told": True})

    def broken() -> None:
        raise RuntimeError("no room")

    monkeypatch.setattr(bench, "joining", broken)
    found = bench.everything(viewer=False)
    assert found["joining"] == {"failed": "RuntimeError: no room"}
    assert found["checkpoint"] == {"told": True}
    assert found["viewer"] is None
    assert {goal["holds"] for goal in found["goals"].values()} == {None}
    assert "joining" in capsys.readouterr().err


def test_the_limit_is_that_of_the_measured_rates(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(speed: float) -> Rates:
        return Rates(
            device="cpu",
            threads=1,
            precision="fp32",
            multiply_adds_per_second=speed,
            copy_bytes_per_second=speed,
            memory_bytes_per_second=speed,
            cached_bytes_per_second=speed,
            cache_bytes=1,
            by_shape={},
        )

    monkeypatch.setattr(bench, "_block", lambda *_: 0.002)
    found = {}
    for speed in (1e6, 1e7):
        monkeypatch.setattr(cuda, "measure_rates", lambda *_, speed=speed: measured(speed))
        found[speed] = bench.limit("fp32")
    for part in cuda.PARTS:
        slow, fast = found[1e6][part], found[1e7][part]
        assert slow["limit_ms"] == pytest.approx(10 * fast["limit_ms"])
        assert slow["ms"] == 2
        assert slow["share"] == pytest.approx(slow["limit_ms"] / slow["ms"])
    assert found[1e6]["step"]["limit_ms"] > found[1e6]["g_update"]["limit_ms"]


def test_telemetry_looks_and_draws(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    for name in ("take_sums", "draw"):
        original = getattr(Engine, name)

        def noted(*given: Any, name: str = name, original: Any = original, **named: Any) -> Any:
            done.append(name)
            return original(*given, **named)

        monkeypatch.setattr(Engine, name, noted)
    monkeypatch.setattr(cuda, "TICK", 0.0)
    monkeypatch.setattr(cuda, "DRAWING", 0.0)
    found = bench.telemetry()
    assert set(done) == {"take_sums", "draw"}
    assert len(found["rows"]) == 5
    assert found["throughput_ratio"] == sorted(found["rows"])[2]


def test_a_checkpoint_arrives_after_the_thread_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_block", lambda engine, _: engine.train_step())
    found = bench.checkpoint()
    assert 0 < found["checkpoint_ms"] <= found["arrival_ms"]
    assert found["first_ms"] > 0


def test_utilisation_is_what_the_driver_says_and_what_the_profiler_saw(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    class Reader:
        def __init__(self, gpu: str | None) -> None:
            assert gpu == "GPU-one"

        def __call__(self) -> Hardware:
            asked.set()
            return Hardware(gpu_percent=93.0)

    def trained(_: Engine, count: int) -> float:
        # What trains after the warm-up goes on until the driver was asked, however short the clock is.
        assert count < 100 or asked.wait(30)
        return 0.0

    @contextmanager
    def profile(activities: list[object]) -> Iterator[SimpleNamespace]:
        assert activities == [torch.profiler.ProfilerActivity.CUDA]
        spans = [(DeviceType.CPU, 0, 100), (DeviceType.CUDA, 10, 14), (DeviceType.CUDA, 16, 20)]
        events = [
            SimpleNamespace(device_type=kind, time_range=SimpleNamespace(start=start, end=end))
            for kind, start, end in spans
        ]
        yield SimpleNamespace(events=lambda: events)

    monkeypatch.setattr(torch.profiler, "profile", profile)
    monkeypatch.setattr(cuda, "ProcessReader", Reader)
    monkeypatch.setattr(cuda, "gpu_uuid", lambda _: "GPU-one")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: None)
    monkeypatch.setattr(bench, "_block", trained)
    found = bench.utilisation()
    assert found["profiler_share"] == pytest.approx(0.8)
    assert found["nvml_percent"] == 93.0


@pytest.mark.parametrize(
    ("times", "share"),
    [
        ([(0, 10)], 1.0),
        ([(0, 4), (6, 10)], 0.8),
        ([(0, 8), (2, 4), (3, 9), (9, 10)], 1.0),
        ([(5, 6), (0, 1)], 2 / 6),
    ],
)
def test_an_instant_counts_once_however_many_kernels_run(
    times: list[tuple[float, float]], share: float
) -> None:
    assert cuda.busy_share(times) == pytest.approx(share)


def test_goals_hold_or_do_not_or_have_no_figure() -> None:
    figures = {
        "article": {
            "fp32": {"training_seconds": 9.0, "iterations": 3000},
            "bf16": {"training_seconds": 1.0, "iterations": 1500},
        },
        "limit": {"fp32": {"g_update": {"share": 0.6}}, "bf16": {"g_update": {"share": 0.4}}},
        "utilisation": {"profiler_share": 0.89},
        "telemetry": {"failed": "RuntimeError: no room"},
        "viewer": None,
    }
    found = goals(figures)
    assert found["article_seconds"] == {"found": 2.0, "goal": "at most 2", "holds": True}
    assert found["g_update_limit_share"]["holds"] is True
    assert found["device_utilisation"] == {"found": 0.89, "goal": "at least 0.9", "holds": False}
    assert found["telemetry_ratio"]["holds"] is None
    assert found["viewer_ratio"] == {"found": None, "goal": "at least 0.98", "holds": None}
