"""The pairs of networks in JAX, layer by layer as written: pure functions of their weights.

Weights come from the torch modules' state dictionaries under the same names, in the layouts that XLA takes
without copies: matrices (in, out), kernels (height, width, in, out), maps with pixels before channels.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray
from torch import Tensor

from gan_tui.bench.peers.jax_layers import batch_norm, conv, conv_to_one, conv_transpose, max_pool, upsample
from gan_tui.bench.peers.literal_light import LEAK, SMALL_SIDE, WIDE
from gan_tui.networks.literal import MAP_CHANNELS, SEED_CHANNELS, SEED_SIDE

Weights = dict[str, Array]
"""Name as in the torch module → array."""
Statistics = dict[str, tuple[Array, Array]]
"""Name of a batch normalisation → its running mean and variance."""
Numbers = NDArray[Any]
MOMENTUM: Final = 0.1
EPSILON: Final = 1e-5
"""Both as torch's batch normalisation has them."""


class Networks(NamedTuple):
    """A pair as functions.

    Attributes:
        draw: (weights, statistics, z (N, latent), one-hot labels (N, classes) or None) → images
            (N, 28, 28, 1) in [0, 1] and the new statistics.
        judge: (weights, images, one-hot labels or None) → logits (N,).
    """

    draw: Callable[[Weights, Statistics, Array, Array | None], tuple[Array, Statistics]]
    judge: Callable[[Weights, Array, Array | None], Array]


def draw_article(w: Weights, old: Statistics, z: Array, labels: Array | None) -> tuple[Array, Statistics]:
    """See ``networks/literal.py``."""
    new: Statistics = {}
    x = _norm_relu(w, old, new, "norm1", _dense(w, "linear1", _with_labels(z, labels)))
    x = _norm_relu(w, old, new, "norm2", _dense(w, "linear2", x))
    x = _norm_relu(w, old, new, "norm3", _dense(w, "linear3", x))
    x = upsample(x.reshape(-1, SEED_SIDE, SEED_SIDE, SEED_CHANNELS), 4)
    x = _norm_relu(w, old, new, "norm4", conv(x, *_layer(w, "conv1"), padding=2))
    return jax.nn.sigmoid(conv_to_one(upsample(x, 2), *_layer(w, "conv2"), stride=2)), new


def judge_article(w: Weights, images: Array, labels: Array | None) -> Array:
    """See ``networks/literal.py``."""
    x = max_pool(jax.nn.relu(conv(images, *_layer(w, "conv1"))))
    x = max_pool(jax.nn.relu(conv(x, *_layer(w, "conv2"))))
    x = jax.nn.relu(_dense(w, "linear1", x.reshape(len(x), -1)))
    features = jax.nn.relu(_dense(w, "linear2", x))
    return _projected(w, _dense(w, "linear3", features)[:, 0], features, labels)


def draw_light(w: Weights, old: Statistics, z: Array, labels: Array | None) -> tuple[Array, Statistics]:
    """See ``networks/light.py``."""
    new: Statistics = {}
    x = _dense(w, "linear", _with_labels(z, labels)).reshape(-1, SMALL_SIDE, SMALL_SIDE, WIDE)
    x = _norm_relu(w, old, new, "norm1", x)
    x = _norm_relu(w, old, new, "norm2", conv_transpose(x, *_layer(w, "conv1")))
    return jax.nn.sigmoid(conv_transpose(x, *_layer(w, "conv2"))), new


def judge_light(w: Weights, images: Array, labels: Array | None) -> Array:
    """See ``networks/light.py``."""
    x = jax.nn.leaky_relu(conv(2 * images - 1, *_layer(w, "conv1"), stride=2, padding=1), LEAK)
    x = jax.nn.leaky_relu(conv(x, *_layer(w, "conv2"), stride=2, padding=1), LEAK)
    features = x.reshape(len(x), -1)
    return _projected(w, _dense(w, "linear", features)[:, 0], features, labels)


NETWORKS: Final[Mapping[str, Networks]] = {
    "article": Networks(draw_article, judge_article),
    "light": Networks(draw_light, judge_light),
}
"""Family of a pair → its functions."""

_SEED: Final = (SEED_CHANNELS, SEED_SIDE**2)
_OUTPUTS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "article": {"linear3": _SEED, "norm3": _SEED},
    "light": {"linear": (WIDE, SMALL_SIDE**2)},
}
"""Generators' layers whose outputs are maps: (channels, pixels) as torch has them."""
_INPUTS: Final[Mapping[str, Mapping[str, tuple[int, int]]]] = {
    "article": {"linear1": (MAP_CHANNELS, 5 * 5)},
    "light": {"linear": (WIDE, SMALL_SIDE**2), "projection": (WIDE, SMALL_SIDE**2)},
}
"""Discriminators' layers whose inputs are maps."""


def convert_generator(family: str, state: Mapping[str, Tensor]) -> tuple[Weights, Statistics]:
    """A generator's state dictionary as weights and running statistics."""
    arrays = {name: _numbers(value) for name, value in state.items() if value.dim()}
    outputs = _OUTPUTS[family]
    weights: Weights = {}
    statistics: Statistics = {}
    for name, value in arrays.items():
        layer, _, kind = name.rpartition(".")
        put_first = _pixels_first(value, outputs[layer], axis=0) if layer in outputs else value
        if kind == "running_mean":
            variance = arrays[f"{layer}.running_var"]
            if layer in outputs:
                variance = _pixels_first(variance, outputs[layer], axis=0)
            statistics[layer] = jnp.asarray(put_first), jnp.asarray(variance)
        elif kind in {"weight", "bias"}:
            weights[name] = jnp.asarray(_laid_out(put_first))
    return weights, statistics


def convert_discriminator(family: str, state: Mapping[str, Tensor]) -> Weights:
    """A discriminator's state dictionary as weights."""
    inputs = _INPUTS[family]
    weights: Weights = {}
    for name, tensor in state.items():
        value = _numbers(tensor)
        layer, _, kind = name.rpartition(".")
        if layer in inputs and kind in {"weight", "embedding"}:
            value = _pixels_first(value, inputs[layer], axis=1)
        weights[name] = jnp.asarray(value if kind == "embedding" else _laid_out(value))
    return weights


def _layer(w: Weights, name: str) -> tuple[Array, Array]:
    return w[f"{name}.weight"], w[f"{name}.bias"]


def _dense(w: Weights, name: str, x: Array) -> Array:
    return x @ w[f"{name}.weight"] + w[f"{name}.bias"]


def _norm_relu(w: Weights, old: Statistics, new: Statistics, name: str, x: Array) -> Array:
    """Batch normalisation and ReLU; the running statistics go to ``new``, as nn.BatchNorm keeps them."""
    made, mean, variance = batch_norm(x, *_layer(w, name), EPSILON)
    new[name] = (
        old[name][0] + MOMENTUM * (mean - old[name][0]),
        old[name][1] + MOMENTUM * (variance - old[name][1]),
    )
    return jax.nn.relu(made)


def _with_labels(z: Array, labels: Array | None) -> Array:
    return z if labels is None else jnp.concatenate([z, labels], axis=1)


def _projected(w: Weights, logits: Array, features: Array, labels: Array | None) -> Array:
    """The projection discriminator's second term, added."""
    if labels is None:
        return logits
    return logits + ((features @ w["projection.embedding"].T) * labels).sum(1)


def _numbers(values: Tensor) -> Numbers:
    return np.asarray(values.detach().cpu().numpy())


def _pixels_first(values: Numbers, shape: tuple[int, int], axis: int) -> Numbers:
    """One axis from channels before pixels to pixels before channels."""
    parted = values.reshape(*values.shape[:axis], *shape, *values.shape[axis + 1 :])
    return parted.swapaxes(axis, axis + 1).reshape(values.shape)


def _laid_out(values: Numbers) -> Numbers:
    """Matrices as (in, out); kernels (O, I, h, w) as (h, w, I, O); vectors as they are.

    A transposed convolution's kernel (I, O, h, w) becomes (h, w, O, I): the adjoint's.
    """
    if values.ndim == 4:
        return values.transpose(2, 3, 1, 0)
    return values.T if values.ndim == 2 else values
