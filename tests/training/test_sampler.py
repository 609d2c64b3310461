"""Every image once an epoch, in an order that two numbers bring back; noise that a seed brings back."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.training.latent import Latent
from gan_tui.training.sampler import Sampler
from gan_tui.training.seeds import Stream, derive

CPU = torch.device("cpu")


@given(
    count=st.integers(1, 60),
    seed=st.integers(0, 2**63 - 1),
    takes=st.lists(st.integers(1, 150), max_size=8),
)
def test_every_image_once_an_epoch(count: int, seed: int, takes: list[int]) -> None:
    sampler = Sampler(count, seed, CPU)
    batches = [sampler.take(size) for size in takes]
    assert [len(batch) for batch in batches] == takes
    given_out = torch.cat([*batches, torch.empty(0, dtype=torch.int64)])
    assert sampler.epoch * count + sampler.position == len(given_out)
    for epoch in range(len(given_out) // count):
        assert sorted(given_out[epoch * count : (epoch + 1) * count].tolist()) == list(range(count))
    rest = given_out[len(given_out) // count * count :].tolist()
    assert len(set(rest)) == len(rest)


@given(count=st.integers(1, 40), before=st.integers(0, 100), size=st.integers(1, 60))
def test_two_numbers_bring_the_order_back(count: int, before: int, size: int) -> None:
    one, other = Sampler(count, 3, CPU), Sampler(count, 3, CPU)
    if before:
        one.take(before)
    other.seek(one.epoch, one.position)
    assert torch.equal(one.take(size), other.take(size))


def test_seeds_and_epochs_shuffle_differently() -> None:
    orders = [Sampler(100, seed, CPU).take(200).split(100) for seed in (0, 1)]
    flat = {tuple(part.tolist()) for pair in orders for part in pair}
    assert len(flat) == 4


def test_going_to_the_order_of_another_seed() -> None:
    one, other = Sampler(50, 0, CPU), Sampler(50, 1, CPU)
    one.take(5)
    one.seek(0, 0, seed=1)
    assert torch.equal(one.take(20), other.take(20))


@pytest.mark.parametrize(("epoch", "position"), [(-1, 0), (0, -1), (0, 10), (0, 11)])
def test_places_that_are_not(epoch: int, position: int) -> None:
    with pytest.raises(ValueError, match="no position"):
        Sampler(10, 0, CPU).seek(epoch, position)


def test_no_images() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        Sampler(0, 0, CPU)


def make(distribution: str, scale: float, seed: int = 0) -> Latent:
    return Latent(length=8, classes=10, distribution=distribution, scale=scale, seed=seed, device=CPU)


def test_distributions() -> None:
    uniform = make("uniform", 100.0).draw(2000)
    assert float(uniform.min()) >= 0
    assert float(uniform.max()) < 100
    assert float(uniform.mean()) == pytest.approx(50, abs=2)
    normal = make("normal", 2.0).draw(2000)
    assert float(normal.mean()) == pytest.approx(0, abs=0.1)
    assert float(normal.std()) == pytest.approx(2, abs=0.1)


def test_labels_are_spread_evenly() -> None:
    counts = make("normal", 1.0).draw_labels(10_000).bincount(minlength=10)
    assert counts.min() > 850
    assert len(counts) == 10


def test_fixed_noise_depends_on_its_seed_alone() -> None:
    latent = make("normal", 1.0, seed=5)
    before = latent.generator.get_state()
    z, labels = latent.fixed(25, 7)
    assert torch.equal(latent.generator.get_state(), before)
    assert labels.tolist() == [number % 10 for number in range(25)]
    more, _ = make("normal", 1.0, seed=6).fixed(40, 7)
    assert torch.equal(more[:25], z)
    assert not torch.equal(latent.fixed(25, 8)[0], z)
    assert latent.fixed(0, 1)[0].shape == (0, 8)


def test_streams_of_a_seed_differ() -> None:
    seeds = {derive(seed, stream, index) for seed in (0, 1) for stream in Stream for index in (0, 1)}
    assert len(seeds) == 16
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert derive(0, Stream.SHUFFLE, 3) == derive(0, Stream.SHUFFLE, 3)
