"""Growth with batch and data, on sizes that take no time."""

from collections.abc import Callable
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
import torch

from gan_tui.bench import growth
from gan_tui.bench.growth import BatchGrowth, BatchRow, DataGrowth, by_batch, by_data, repeated
from gan_tui.data.dataset import Dataset

CPU = torch.device("cpu")
SWIFT = {"recipe": "swift"}


@pytest.fixture
def dataset() -> Dataset:
    generator = np.random.default_rng(3)
    return Dataset(
        images=generator.integers(0, 256, (60, 28, 28), dtype=np.uint8),
        labels=(np.arange(60) % 10).astype(np.uint8),
        class_names=tuple("0123456789"),
        name="noise",
        format="npz",
        source="here",
        fingerprint="0" * 32,
    )


def ticking(step: float) -> Callable[[], float]:
    """Each look at this clock finds it so much later."""
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += step
        return now

    return clock


def test_images_are_repeated_in_their_order(dataset: Dataset) -> None:
    many = repeated(dataset, 150)
    assert many.images.shape == (150, 28, 28)
    for index in (0, 59, 60, 119, 149):
        assert np.array_equal(many.images[index], dataset.images[index % 60])
        assert many.labels[index] == dataset.labels[index % 60]
    few = repeated(dataset, 7)
    assert np.array_equal(few.images, dataset.images[:7])
    assert (many.class_names, many.name) == (dataset.class_names, dataset.name)


def test_each_batch_is_measured(dataset: Dataset) -> None:
    found = by_batch(SWIFT, CPU, dataset, (2, 4), budget=10.0, clock=ticking(0.0), watch=ticking(0.25))
    assert [row.batch for row in found.rows] == [2, 4]
    for row in found.rows:
        # Between the two looks around a step a quarter of a second goes by; D sees two images, G one.
        assert (row.step_seconds, row.steps) == (0.25, growth.MOST_STEPS)
        assert row.microseconds_per_image == pytest.approx(0.25e6 / (3 * row.batch))
        assert row.peak_bytes is not None
        assert row.peak_bytes > 1 << 20
    assert (found.recipe, found.device, found.alone) == ("swift", "cpu", False)
    assert found.threads == torch.get_num_threads()
    assert msgspec.json.decode(msgspec.json.encode(found), type=BatchGrowth) == found


def test_a_batch_that_would_pass_the_budget_is_left_out(dataset: Dataset) -> None:
    # A step takes a second, whatever its batch: the first is made all the same, the last is thought dear.
    found = by_batch(SWIFT, CPU, dataset, (2, 8, 200), budget=5.0, clock=ticking(1.0), watch=ticking(1.0))
    first, second, third = found.rows
    # Its share is nothing, but a single step is not sure; and two of the next's steps, of about four seconds,
    # fit the budget's patience.
    assert (first.step_seconds, first.steps, first.left_out) == (1.0, 2, "")
    assert (second.step_seconds, second.left_out) == (1.0, "")
    assert third.step_seconds is None
    assert third.left_out == "a step would take about 25.0 s"


def test_long_steps_are_not_timed_beyond_the_share_of_the_budget(dataset: Dataset) -> None:
    seconds = growth.SURE_SECONDS + 1
    found = by_batch(SWIFT, CPU, dataset, (2,), budget=0.0, clock=ticking(seconds), watch=ticking(seconds))
    assert [row.steps for row in found.rows] == [growth.LEAST_STEPS]


def test_large_batches_have_most_of_the_budget(dataset: Dataset) -> None:
    now = 0.0

    def watch() -> float:
        nonlocal now
        now += 0.125
        return now

    found = by_batch(SWIFT, CPU, dataset, (2, 6, 8), budget=16.0, clock=lambda: now, watch=watch)
    # Two looks at the watch are a quarter of a second; the first of each batch's steps warms up.
    assert [row.steps for row in found.rows] == [4 * 2 - 1, 4 * 6 - 1, 4 * 8 - 1]


def row(batch: int, peak: int) -> BatchRow:
    return BatchRow(batch=batch, step_seconds=0.001, steps=2, peak_bytes=peak)


@pytest.mark.parametrize(("batch", "fits"), [(128, True), (2048, False)])
def test_a_batch_that_would_not_fit_is_left_out(
    batch: int, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "available_bytes", lambda _: 2 << 30)
    # A mebibyte for each image more.
    known = [row(32, (100 + 32) << 20), row(64, (100 + 64) << 20)]
    reason = growth._unfit(known, batch, 100.0, CPU)
    assert reason == ("" if fits else "about 2.1 GiB of memory would be needed")


def test_each_size_is_measured(dataset: Dataset) -> None:
    found = by_data(SWIFT, CPU, dataset, (80, 100), budget=0.0, clock=ticking(1.0), watch=ticking(0.5))
    assert [one.images for one in found.rows] == [80, 100]
    for one in found.rows:
        assert one.ready_seconds == one.step_seconds == one.first_of_epoch_seconds == one.order_seconds == 0.5
        assert one.boundary_seconds == 0.0
        assert one.steps == growth.SURE_STEPS
        assert one.left_out == ""
    assert msgspec.json.decode(msgspec.json.encode(found), type=DataGrowth) == found


def test_the_beginning_of_an_epoch_draws_its_order(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is timed as an epoch's first step draws an order; what is timed as a step within one does not."""
    drawn: list[int] = []
    original = torch.randperm

    def randperm(count: int, **options: object) -> torch.Tensor:
        drawn.append(count)
        order: torch.Tensor = original(count, **options)  # type: ignore[call-overload]  # as it was called
        return order

    monkeypatch.setattr(torch, "randperm", randperm)
    by_data(SWIFT, CPU, dataset, (1000,), budget=0.0)
    # One for the warm-up, then an epoch's first step and its order alone, three times.
    assert drawn == [1000] * (1 + 2 * growth.BOUNDARIES)


def test_data_that_do_not_fit_are_left_out(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "available_bytes", lambda _: 1 << 20)
    found = by_data(SWIFT, CPU, dataset, (100, 1_000_000), budget=0.0)
    assert found.rows[0].step_seconds is not None
    assert found.rows[1].step_seconds is None
    assert found.rows[1].left_out == "2.2 GiB of memory are not free"


@pytest.mark.parametrize(
    ("threads", "kind", "alone"), [(1, "cpu", True), (2, "cpu", False), (1, "cuda", False)]
)
def test_the_process_s_own_time_counts_on_one_thread(
    threads: int, kind: str, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert growth._alone(growth._watch(SimpleNamespace(type=kind))) is alone  # type: ignore[arg-type]  # no such device here


def test_an_engine_has_the_settings_that_were_asked_for(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recording that was turned off, a ratio and batches: but for what the table itself varies."""
    asked: list[str] = []
    monkeypatch.setattr(growth, "recorder_for", lambda _, wish: asked.append(wish))
    given = {**SWIFT, "graphs": "off", "d_steps": 3, "d_batch": 8, "g_batch": 8}
    found = by_batch(given, CPU, dataset, (2,), budget=0.0, watch=ticking(0.25))
    # Three updates of D with two batches, one of G with one.
    assert found.rows[0].microseconds_per_image == pytest.approx(0.25e6 / (7 * 2))
    engine = growth.engine_for(given, CPU, dataset, "fp32")
    assert (engine.config.d_batch, engine.settings.d_steps) == (8, 3)
    assert asked == ["off", "off"]
