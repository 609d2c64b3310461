"""Layers in JAX, channels last: pure functions of arrays.

XLA's own gradients are used where they are good. On processors it computes the gradient of a convolution's
kernel as a convolution with the whole map for a kernel, 10 to 50 times slower than the forward pass (measured
with JAX 0.10.2); matrix products over the kernel's taps are what somebody who minds would write instead.
"""

import math
from functools import partial
from typing import Final

import jax
import jax.numpy as jnp
from jax import Array, lax

_NHWC: Final = ("NHWC", "HWIO", "NHWC")
_MOST_PATCH: Final = 288
"""Longest patch for which patches are copied together; longer ones are taken tap by tap."""


def conv(x: Array, kernel: Array, bias: Array, stride: int = 1, padding: int = 0) -> Array:
    """A convolution: (N, H, W, I) and (h, w, I, O) → (N, H', W', O)."""
    if stride == 1 and jax.default_backend() == "cpu":
        return _conv_by_taps(x, kernel, padding) + bias
    return _conv(x, kernel, stride, padding) + bias


def conv_to_one(x: Array, kernel: Array, bias: Array, stride: int) -> Array:
    """A convolution without padding to one channel.

    On processors XLA is slow with a single output channel: the products of every pixel with all taps come
    first, in one matrix product, then one sum of shifted maps.
    """
    if jax.default_backend() != "cpu":
        return conv(x, kernel, bias, stride)
    side, _, channels, _ = kernel.shape
    products = x @ kernel.reshape(side * side, channels).T
    made = (x.shape[1] - side) // stride + 1
    reach = stride * (made - 1) + 1
    taps = [
        products[:, i : i + reach : stride, j : j + reach : stride, i * side + j]
        for i in range(side)
        for j in range(side)
    ]
    return sum(taps[1:], taps[0])[..., None] + bias


def conv_transpose(x: Array, kernel: Array, bias: Array) -> Array:
    """A transposed convolution 4×4 of stride 2 and padding 1: (N, n, m, I), (4, 4, O, I) → (N, 2n, 2m, O).

    The kernel is that of the strided convolution whose adjoint it is.
    """
    return _conv_transpose(x, kernel) + bias


def upsample(x: Array, times: int) -> Array:
    """Nearest upsampling of (N, H, W, C)."""
    count, height, width, channels = x.shape
    spread = jnp.broadcast_to(x[:, :, None, :, None], (count, height, times, width, times, channels))
    return spread.reshape(count, height * times, width * times, channels)


def max_pool(x: Array) -> Array:
    """Maxima of 2×2 pixels; an odd last row or column is left out.

    By comparisons: the first of equals gets the gradient, as in torch, and nothing is scattered.
    """
    height, width = (side // 2 * 2 for side in x.shape[1:3])
    upper, lower = x[:, 0:height:2, :width], x[:, 1:height:2, :width]
    upper, lower = (_greater(rows[:, :, 0::2], rows[:, :, 1::2]) for rows in (upper, lower))
    return _greater(upper, lower)


def batch_norm(x: Array, gamma: Array, beta: Array, eps: float) -> tuple[Array, Array, Array]:
    """Batch normalisation over all axes but the last: its result, the mean, and the unbiased variance."""
    axes = tuple(range(x.ndim - 1))
    count = math.prod(x.shape[:-1])
    mean = x.mean(axes)
    centred = x - mean
    variance = jnp.square(centred).mean(axes)
    made = centred * (gamma * lax.rsqrt(variance + eps)) + beta
    return made, lax.stop_gradient(mean), lax.stop_gradient(variance * (count / (count - 1)))


def _greater(one: Array, other: Array) -> Array:
    return jnp.where(one >= other, one, other)


def _conv(x: Array, kernel: Array, stride: int, padding: int) -> Array:
    sides = [(padding, padding)] * 2
    return lax.conv_general_dilated(x, kernel, (stride, stride), sides, dimension_numbers=_NHWC)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def _conv_by_taps(x: Array, kernel: Array, padding: int) -> Array:
    return _conv(x, kernel, 1, padding)


def _conv_forward(x: Array, kernel: Array, padding: int) -> tuple[Array, tuple[Array, Array]]:
    return _conv(x, kernel, 1, padding), (x, kernel)


def _conv_backward(padding: int, saved: tuple[Array, Array], gradient: Array) -> tuple[Array, Array]:
    x, kernel = saved
    (to_x,) = jax.vjp(lambda some: _conv(some, kernel, 1, padding), x)[1](gradient)
    height, width = gradient.shape[1:3]
    padded = jnp.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    taps = [
        padded[:, i : i + height, j : j + width]
        for i in range(kernel.shape[0])
        for j in range(kernel.shape[1])
    ]
    rows = gradient.reshape(-1, gradient.shape[-1])
    if math.prod(kernel.shape[:3]) <= _MOST_PATCH:
        patches = jnp.concatenate(taps, axis=-1)
        to_kernel = patches.reshape(len(rows), -1).T @ rows
    else:
        to_kernel = jnp.stack([tap.reshape(len(rows), -1).T @ rows for tap in taps])
    return to_x, to_kernel.reshape(kernel.shape)


_conv_by_taps.defvjp(_conv_forward, _conv_backward)


@jax.custom_vjp
def _conv_transpose(x: Array, kernel: Array) -> Array:
    flipped = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    return lax.conv_general_dilated(
        x, flipped, (1, 1), [(2, 2)] * 2, lhs_dilation=(2, 2), dimension_numbers=_NHWC
    )


def _transpose_forward(x: Array, kernel: Array) -> tuple[Array, tuple[Array, Array]]:
    return _conv_transpose(x, kernel), (x, kernel)


def _transpose_backward(saved: tuple[Array, Array], gradient: Array) -> tuple[Array, Array]:
    x, kernel = saved
    # The adjoint of the strided convolution: there gradient and input change places.
    to_x, pull = jax.vjp(lambda some: _conv(gradient, some, 2, 1), kernel)
    (to_kernel,) = pull(x)
    return to_x, to_kernel


_conv_transpose.defvjp(_transpose_forward, _transpose_backward)
