"""The Fréchet distance against closed forms."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.quality import Statistics, frechet_distance


def gaussian(mean: torch.Tensor, covariance: torch.Tensor) -> Statistics:
    return Statistics(mean.double(), covariance.double(), 100)


def test_of_itself_it_is_nothing() -> None:
    features = torch.randn(300, 64, generator=torch.Generator().manual_seed(1))
    assert frechet_distance(Statistics.of(features), Statistics.of(features)) == pytest.approx(0, abs=1e-9)


@given(
    st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9), st.floats(-5, 5)), min_size=1, max_size=8),
)
def test_of_diagonal_covariances_it_is_the_closed_form(axes: list[tuple[float, float, float]]) -> None:
    a, b, shift = (torch.tensor(column, dtype=torch.float64) for column in zip(*axes, strict=True))
    expected = float((shift**2).sum() + ((a.sqrt() - b.sqrt()) ** 2).sum())
    found = frechet_distance(gaussian(torch.zeros_like(shift), torch.diag(a)), gaussian(shift, torch.diag(b)))
    assert found == pytest.approx(expected, abs=1e-6)


def test_it_is_symmetric_and_does_not_change_with_a_rotation() -> None:
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(500, 6, generator=generator, dtype=torch.float64) * torch.arange(1, 7)
    y = torch.randn(500, 6, generator=generator, dtype=torch.float64) + 1
    rotation, _ = torch.linalg.qr(torch.randn(6, 6, generator=generator, dtype=torch.float64))
    distance = frechet_distance(Statistics.of(x), Statistics.of(y))
    assert frechet_distance(Statistics.of(y), Statistics.of(x)) == pytest.approx(distance, rel=1e-9)
    turned = frechet_distance(Statistics.of(x @ rotation), Statistics.of(y @ rotation))
    assert turned == pytest.approx(distance, rel=1e-9)
    assert math.isfinite(distance)


def test_statistics_are_the_sample_ones() -> None:
    features = torch.tensor([[0.0, 0.0], [2.0, 4.0]])
    statistics = Statistics.of(features)
    assert statistics.mean.tolist() == [1, 2]
    assert statistics.covariance.tolist() == [[2, 4], [4, 8]]  # divided by n - 1
