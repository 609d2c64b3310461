"""Fréchet distance between two sets of features, each taken as a normal distribution."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Statistics:
    """Mean (F,) and covariance (F, F) of a set of features, float64 on the CPU, and how many they are of."""

    mean: torch.Tensor
    covariance: torch.Tensor
    count: int

    @staticmethod
    def of(features: torch.Tensor) -> "Statistics":
        """From features (N, F); N at least 2."""
        values = features.detach().to("cpu", torch.float64)
        centred = values - values.mean(0)
        return Statistics(values.mean(0), centred.T @ centred / (len(values) - 1), len(values))


def frechet_distance(a: Statistics, b: Statistics) -> float:
    """|μ₁ − μ₂|² + tr(C₁ + C₂ − 2 (C₁C₂)^½), at least 0; Dowson and Landau 1982, as FID takes it.

    The trace of the root is taken from the eigenvalues of C₁^½ C₂ C₁^½, which is symmetric, so no complex
    root of a product of rounding errors can appear. Heusel et al. 2017 (arXiv 1706.08500).
    """
    values, vectors = torch.linalg.eigh(a.covariance)
    root = vectors @ torch.diag(values.clamp_min(0).sqrt()) @ vectors.T
    cross = torch.linalg.eigvalsh(root @ b.covariance @ root).clamp_min(0).sqrt().sum()
    shift = (a.mean - b.mean).square().sum()
    distance = shift + torch.trace(a.covariance) + torch.trace(b.covariance) - 2 * cross
    return max(0.0, float(distance))
