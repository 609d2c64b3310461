"""The benchmark on CUDA where there is none: its steps are recorded by the stand-in, its clock is short."""

from typing import Any

import pytest
import torch

from benchmarks import cuda
from gan_tui.config.sources import combine
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
    assert "joining" in capsys.readouterr().err
