"""The step in JAX as one jitted program; imported only where JAX is."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray
from torch import Tensor

from gan_tui.bench.peers.jax_networks import (
    NETWORKS,
    Statistics,
    Weights,
    convert_discriminator,
    convert_generator,
)
from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import Pair
from gan_tui.optim.adam import EPSILON

State = dict[str, Any]
"""``g``, ``s``: the generator's weights and statistics; ``d``: D's weights; ``g_adam``, ``d_adam``: two
moments and a count each; ``ema``: the average of ``g`` and ``s``, or None."""
Noise = tuple[Array | None, Array | None]
"""z (updates, batch, latent) and one-hot labels (updates, batch, classes)."""


class Program:
    """A recipe's training.

    Args:
        config: of the recipe. pair: its networks. dataset: to learn from.
        weights: state dictionaries of generator and discriminator to start from.
        sharing: whether the last D update looks at the images that the first G update learns from.
    """

    def __init__(
        self,
        config: RunConfig,
        pair: Pair,
        dataset: Dataset,
        weights: tuple[Mapping[str, Tensor], Mapping[str, Tensor]],
        sharing: bool,
    ) -> None:
        family = pair.name.removesuffix("-labelled")
        self._config, self._pair, self._sharing = config, pair, sharing
        self._networks = NETWORKS[family]
        self._classes = pair.classes if pair.labelled else 0
        generator, statistics = convert_generator(family, weights[0])
        discriminator = convert_discriminator(family, weights[1])
        self._dtype = generator["conv1.weight"].dtype
        self._images = jnp.asarray(dataset.images.reshape(len(dataset.images), *dataset.images.shape[-2:], 1))
        self._labels = jnp.asarray(dataset.labels.astype(np.int32))
        self._key = jax.random.key(config.seed, impl="rbg")
        self._state: State = {
            "g": generator,
            "s": statistics,
            "d": discriminator,
            "g_adam": _moments(generator),
            "d_adam": _moments(discriminator),
            "ema": jax.tree.map(jnp.copy, (generator, statistics)) if config.ema else None,
        }
        self._run: Callable[..., Any] = jax.jit(self._steps, donate_argnums=0)
        self._run_with = jax.jit(self._steps_with, donate_argnums=0)

    def compile(self, steps: int) -> None:
        """Compile what :meth:`run` does for so many steps; no step is made."""
        shape = (steps, self._config.d_steps, self._config.d_batch)
        places = jax.ShapeDtypeStruct(shape, jnp.int32)  # type: ignore[no-untyped-call]  # JAX leaves it so
        keys = jax.eval_shape(lambda key: jax.random.split(key, steps), self._key)
        self._run = jax.jit(self._steps, donate_argnums=0).lower(self._state, places, keys).compile()

    def run(self, places: NDArray[np.int64]) -> NDArray[Any]:
        """Steps with noise drawn on the device.

        Args:
            places: of the real images, (steps, d_steps, d_batch); as many steps as were compiled for, if any.

        Returns:
            (steps, 3): mean losses of D on real, of D on generated, and of G.
        """
        self._key, key = jax.random.split(self._key)
        self._state, losses = self._run(
            self._state, places.astype(np.int32), jax.random.split(key, len(places))
        )
        return np.asarray(losses)

    def run_with(self, places: NDArray[np.int64], d_noise: Any, g_noise: Any) -> NDArray[Any]:
        """Steps with noise from outside: (z, labels) by step, for D's own fakes and for G's."""
        self._state, losses = self._run_with(self._state, places, d_noise, g_noise)
        return np.asarray(losses)

    def _steps(self, state: State, places: Array, keys: Array) -> tuple[State, Array]:
        def body(state: State, given: tuple[Array, Array]) -> tuple[State, Array]:
            keys = jax.random.split(given[1])
            own = self._config.d_steps - self._sharing
            noise = (
                self._noise(keys[0], own, self._config.d_batch),
                self._noise(keys[1], self._config.g_steps, self._config.g_batch),
            )
            return self._step(state, given[0], *noise)

        return _scan(body, state, (places, keys))

    def _steps_with(self, state: State, places: Array, d_noise: Any, g_noise: Any) -> tuple[State, Array]:
        def body(state: State, given: Any) -> tuple[State, Array]:
            places, *noise = given
            return self._step(state, places, *((z, self._one_hot(labels)) for z, labels in noise))

        return _scan(body, state, (places, d_noise, g_noise))

    def _noise(self, key: Array, updates: int, size: int) -> Noise:
        if not updates:
            return None, None
        for_z, for_labels = jax.random.split(key)
        draw = jax.random.uniform if self._config.latent_distribution == "uniform" else jax.random.normal
        z = draw(for_z, (updates, size, self._pair.latent), self._dtype) * self._config.latent_scale
        if not self._classes:
            return z, None
        return z, self._one_hot(jax.random.randint(for_labels, (updates, size), 0, self._classes))

    def _one_hot(self, labels: Array | None) -> Array | None:
        if labels is None:
            return None
        return jax.nn.one_hot(labels, self._classes, dtype=self._dtype)

    def _step(self, state: State, places: Array, d_noise: Noise, g_noise: Noise) -> tuple[State, Array]:
        """One step; updates of a kind are a scan of their own, so that the program does not grow with D:G."""
        d_losses: list[Array] = []
        g_losses: list[Array] = []
        own = self._config.d_steps - self._sharing
        if own:
            state, some = _scan(self._d_alone, state, (places[:own], d_noise))
            d_losses.append(some)
        if self._sharing:
            z, labels = (None if part is None else part[0] for part in g_noise)
            state, d_loss, g_loss = self._both(state, places[-1], z, labels)
            d_losses.append(d_loss[None])
            g_losses.append(g_loss[None])
        rest = jax.tree.map(lambda part: part[int(self._sharing) :], g_noise)
        if self._config.g_steps - self._sharing:
            state, some = _scan(self._g_alone, state, rest)
            g_losses.append(some)
        nothing = jnp.full((1,), jnp.nan, self._dtype)
        d_mean = jnp.concatenate(d_losses).mean(0) if d_losses else jnp.repeat(nothing, 2)
        g_mean = jnp.concatenate(g_losses).mean(0) if g_losses else nothing[0]
        return state, jnp.concatenate([d_mean, g_mean[None]])

    def _d_alone(self, state: State, given: tuple[Array, Noise]) -> tuple[State, Array]:
        places, (z, labels) = given
        images, statistics = self._networks.draw(state["g"], state["s"], _there(z), labels)
        return self._learn_d({**state, "s": statistics}, places, lax.stop_gradient(images), labels)

    def _g_alone(self, state: State, noise: Noise) -> tuple[State, Array]:
        z, labels = noise
        images, pull, statistics = self._drawn(state, _there(z), labels)
        return self._learn_g({**state, "s": statistics}, images, labels, pull)

    def _both(
        self, state: State, places: Array, z: Array | None, labels: Array | None
    ) -> tuple[State, Array, Array]:
        images, pull, statistics = self._drawn(state, _there(z), labels)
        few = self._config.d_batch
        few_labels = None if labels is None else labels[:few]
        state, d_loss = self._learn_d({**state, "s": statistics}, places, images[:few], few_labels)
        state, g_loss = self._learn_g(state, images, labels, pull)
        return state, d_loss, g_loss

    def _drawn(self, state: State, z: Array, labels: Array | None) -> tuple[Array, Any, Statistics]:
        return jax.vjp(
            lambda weights: self._networks.draw(weights, state["s"], z, labels), state["g"], has_aux=True
        )

    def _learn_d(
        self, state: State, places: Array, fakes: Array, fake_labels: Array | None
    ) -> tuple[State, Array]:
        reals = self._images[places].astype(self._dtype) / 255
        real_labels = self._one_hot(self._labels[places]) if self._classes else None
        judge, config = self._networks.judge, self._config

        def on_real(weights: Weights) -> Array:
            return jax.nn.softplus(-judge(weights, reals, real_labels)).mean()

        def on_fake(weights: Weights) -> Array:
            return jax.nn.softplus(judge(weights, fakes, fake_labels)).mean()

        def on_both(weights: Weights) -> tuple[Array, Array]:
            labels = None
            if real_labels is not None and fake_labels is not None:
                labels = jnp.concatenate([real_labels, fake_labels])
            logits = judge(weights, jnp.concatenate([reals, fakes]), labels)
            parts = jnp.stack(
                [
                    jax.nn.softplus(-logits[: config.d_batch]).mean(),
                    jax.nn.softplus(logits[config.d_batch :]).mean(),
                ]
            )
            return parts.sum(), parts

        weights, moments = state["d"], state["d_adam"]
        if config.split_d_update:
            real, gradients = jax.value_and_grad(on_real)(weights)
            weights, moments = self._adam(weights, moments, gradients, config.d_lr)
            fake, gradients = jax.value_and_grad(on_fake)(weights)
            losses = jnp.stack([real, fake])
        else:
            (_, losses), gradients = jax.value_and_grad(on_both, has_aux=True)(weights)
        weights, moments = self._adam(weights, moments, gradients, config.d_lr)
        return {**state, "d": weights, "d_adam": moments}, losses

    def _learn_g(self, state: State, images: Array, labels: Array | None, pull: Any) -> tuple[State, Array]:
        def judged(images: Array) -> Array:
            return jax.nn.softplus(-self._networks.judge(state["d"], images, labels)).mean()

        loss, to_images = jax.value_and_grad(judged)(images)
        (gradients,) = pull(to_images)
        weights, moments = self._adam(state["g"], state["g_adam"], gradients, self._config.g_lr)
        average, keep = state["ema"], self._config.ema
        if average is not None:
            average = jax.tree.map(
                lambda old, new: keep * old + (1 - keep) * new, average, (weights, state["s"])
            )
        return {**state, "g": weights, "g_adam": moments, "ema": average}, loss

    def _adam(self, weights: Weights, moments: Any, gradients: Weights, rate: float) -> tuple[Weights, Any]:
        """Adam as torch computes it (Kingma and Ba 2015)."""
        b1, b2 = self._config.beta1, self._config.beta2
        count = moments[2] + 1
        first = jax.tree.map(lambda old, new: b1 * old + (1 - b1) * new, moments[0], gradients)
        second = jax.tree.map(lambda old, new: b2 * old + (1 - b2) * new * new, moments[1], gradients)
        size, root = rate / (1 - b1**count), jnp.sqrt(1 - b2**count)
        weights = jax.tree.map(
            lambda w, m, v: w - size * m / (jnp.sqrt(v) / root + EPSILON), weights, first, second
        )
        return weights, (first, second, count)


def _scan(body: Callable[[State, Any], tuple[State, Array]], state: State, given: Any) -> tuple[State, Array]:
    """``lax.scan``, unrolled on processors: XLA's loops make convolutions five times slower there."""
    return lax.scan(body, state, given, unroll=jax.default_backend() == "cpu" or 1)


def _moments(weights: Weights) -> tuple[Weights, Weights, Array]:
    zeros = jax.tree.map(jnp.zeros_like, weights)
    return zeros, jax.tree.map(jnp.copy, zeros), jnp.zeros((), weights["conv1.weight"].dtype)


def _there(z: Array | None) -> Array:
    if z is None:
        raise ValueError("an update needs noise")
    return z
