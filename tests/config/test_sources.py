"""Settings from defaults, recipe, file and options; all mistakes at once."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.config.errors import UsageError
from gan_tui.config.fields import fields, read_values, to_values
from gan_tui.config.recipes import RECIPES
from gan_tui.config.sources import apply_recipe, combine, read_toml


def test_the_later_source_wins() -> None:
    config = combine({"g_lr": "0.003"}, {"recipe": "swift", "g_lr": 0.002, "d_lr": 0.0001})
    assert config.networks == "light-labelled"  # the recipe
    assert config.d_lr == 0.0001  # the file over the recipe
    assert config.g_lr == 0.003  # the option over the file


def test_every_mistake_is_reported_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        combine(
            {"recipe": "brilliant", "steps": "-1", "g_lr": "fast"}, {"colour": "red", "d_batch": 1}, "my.toml"
        )
    sentence = str(caught.value)
    for part in ("'brilliant'", "--steps", "--g-lr", "my.toml: colour", "my.toml: d_batch"):
        assert part in sentence
    assert "article" in sentence  # it says which recipes there are


def test_both_counts_cannot_be_zero() -> None:
    with pytest.raises(UsageError, match="cannot both be 0"):
        combine({"d_steps": "0", "g_steps": "0"})


@pytest.mark.parametrize("name", RECIPES)
def test_each_recipe_is_valid_and_says_where_it_is_from(name: str) -> None:
    config = combine({"recipe": name})
    assert config.recipe == name
    assert RECIPES[name].source
    assert RECIPES[name].summary
    for field, value in RECIPES[name].values.items():
        assert getattr(config, field) == value


def test_the_articles_recipe_is_the_articles() -> None:
    config = combine({"recipe": "article"})
    assert (config.d_batch, config.g_batch, config.d_steps, config.g_steps) == (16, 256, 1, 2)
    assert (config.latent_distribution, config.latent_scale) == ("uniform", 100.0)
    assert (config.d_lr, config.g_lr, config.beta1, config.beta2, config.ema) == (1e-3, 1e-3, 0.9, 0.999, 0)
    assert (config.split_d_update, config.steps, config.tensorboard_every) == (True, 3000, 200)


def test_a_chosen_recipe_keeps_what_the_user_gave() -> None:
    given_by_user = {"g_lr": "0.1", "seed": "7"}
    config = apply_recipe(combine(given_by_user), "swift", given_by_user)
    assert (config.recipe, config.g_lr, config.seed, config.networks) == ("swift", 0.1, 7, "light-labelled")


def test_a_toml_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('recipe = "labelled"\nsteps = 12\n')
    assert combine({}, read_toml(path)).steps == 12


@pytest.mark.parametrize("content", [b"steps = ", b"\xff\xfe", b"[a\n"])
def test_a_broken_toml_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"broken\.toml is no valid TOML"):
        read_toml(path)


def test_an_absent_toml_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_toml(tmp_path / "absent.toml")


@given(
    st.dictionaries(
        st.sampled_from([*fields(), "unknown"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=8)
        | st.lists(st.integers(), max_size=2),
        max_size=6,
    )
)
def test_any_values_give_settings_or_a_usage_mistake(values: dict[str, Any]) -> None:
    with contextlib.suppress(UsageError):
        config = combine({}, values, "any.toml")
        assert read_values(to_values(config)) == config


def test_names_known_without_torch_are_those_that_there_are() -> None:
    from gan_tui.config.run_config import LOSSES, NETWORKS
    from gan_tui.networks import PAIRS
    from gan_tui.training.losses import LOSSES as REAL_LOSSES

    assert set(NETWORKS) == set(PAIRS)
    assert set(LOSSES) == set(REAL_LOSSES)


def test_unknown_networks_and_losses_are_told_together() -> None:
    with pytest.raises(UsageError, match=r"--networks: expected article, .*; --loss: expected bce"):
        combine({"networks": "nope", "loss": "nope"})


def test_a_file_may_write_fields_as_options_are_written(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("d-lr = 0.001\n")
    assert combine({}, read_toml(path)).d_lr == 0.001
