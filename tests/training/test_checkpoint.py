"""A training that goes on from a checkpoint is the uninterrupted one."""

from pathlib import Path
from typing import Any

import pytest
import torch

from gan_tui.config.recipes import RECIPES
from gan_tui.config.sources import combine
from gan_tui.networks import PAIRS
from gan_tui.training import sampling
from gan_tui.training.checkpoint import capture, load, write
from gan_tui.training.checkpoint_texts import origin_of
from gan_tui.training.engine import Engine
from gan_tui.training.errors import CheckpointError
from gan_tui.training.sampling import load_generator
from gan_tui.training.tensors import collect
from tests.training.tiny import CPU, steer, tiny_dataset, tiny_engine, tiny_pair


def assert_equal(one: Engine, other: Engine) -> None:
    first, second = collect(one), collect(other)
    assert first.keys() == second.keys()
    different = [name for name in first if not torch.equal(first[name], second[name])]
    assert different == []
    assert one.settings == other.settings
    for name in ("step", "d_updates", "g_updates", "epoch"):
        assert getattr(one, name) == getattr(other, name)


def saved(engine: Engine, folder: Path) -> Path:
    path = folder / f"step-{engine.step:06d}.safetensors"
    write(path, capture(engine), {"who": "auto"})
    return path


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"split_d_update": True, "d_batch": 4, "g_batch": 16, "g_steps": 2, "ema": 0.0},
        {"share_fakes": True, "d_steps": 2, "g_steps": 3},
        {"latent_distribution": "uniform", "latent_scale": 100.0},
    ],
)
def test_resumed_training_equals_the_uninterrupted_one(
    tmp_path: Path, labelled: bool, values: dict[str, Any]
) -> None:
    whole = tiny_engine(labelled, **values)
    for _ in range(9):
        whole.train_step()
    assert whole.sampler.position != 0
    path = saved(whole, tmp_path)
    for _ in range(13):
        whole.train_step()
    resumed = tiny_engine(labelled, **values)
    restored = load(path, resumed)
    assert restored.step == 9
    assert restored.differences == ()
    for _ in range(13):
        resumed.train_step()
    assert_equal(whole, resumed)
    assert torch.equal(
        whole.draw(*whole.fixed_latent(5, 1), ema=True), resumed.draw(*resumed.fixed_latent(5, 1), ema=True)
    )


def test_resumed_after_live_changes_and_with_samples_drawn_between(tmp_path: Path) -> None:
    whole = tiny_engine()
    for _ in range(4):
        whole.train_step()
    steer(whole, d_lr=3e-3, g_lr=7e-4, d_steps=3, g_steps=2, ema=0.9)
    for _ in range(3):
        whole.train_step()
    whole.d_update()
    path = saved(whole, tmp_path)
    for _ in range(5):
        whole.train_step()

    resumed = tiny_engine(seed=99)
    resumed.train_step()
    load(path, resumed)
    for _ in range(5):
        for ema in (True, False):
            resumed.draw(*resumed.fixed_latent(7, 3), ema=ema)
        capture(resumed)
        resumed.take_sums()
        resumed.train_step()
    assert_equal(whole, resumed)


def test_running_average_switched_on_after_resuming(tmp_path: Path) -> None:
    whole, resumed = tiny_engine(ema=0.0), tiny_engine(ema=0.0)
    whole.train_step()
    path = saved(whole, tmp_path)
    load(path, resumed)
    for engine in (whole, resumed):
        engine.train_step()
        steer(engine, ema=0.5)
        engine.train_step()
    assert_equal(whole, resumed)


def test_a_checkpoint_of_an_untrained_engine(tmp_path: Path) -> None:
    whole, resumed = tiny_engine(), tiny_engine(seed=1)
    path = saved(whole, tmp_path)
    resumed.train_step()
    load(path, resumed)
    for engine in (whole, resumed):
        engine.train_step()
    assert_equal(whole, resumed)


def test_capture_is_a_copy(tmp_path: Path) -> None:
    engine, fresh = tiny_engine(), tiny_engine()
    before = capture(engine)
    for _ in range(3):
        engine.train_step()
    write(tmp_path / "a.safetensors", before, {})
    load(tmp_path / "a.safetensors", engine)
    assert_equal(engine, fresh)


def test_other_data_is_resumed_and_said(tmp_path: Path) -> None:
    whole = tiny_engine(count=50)
    for _ in range(4):
        whole.train_step()
    path = saved(whole, tmp_path)
    other = tiny_engine(count=20)
    object.__setattr__(other.dataset, "fingerprint", "f" * 32)
    assert load(path, other).differences == ("the data is another",)
    assert other.sampler.position == 0
    other.train_step()


def test_metadata_of_the_saver_comes_back(tmp_path: Path) -> None:
    engine = tiny_engine()
    path = tmp_path / "a.safetensors"
    write(
        path,
        capture(engine),
        {"elapsed": "12.5", "latent_seed": "7", "target_steps": "", "who": "you", "step": "9"},
    )
    restored = load(path, engine)
    assert (restored.elapsed, restored.latent_seed, restored.target_steps) == (12.5, 7, None)
    assert restored.metadata["who"] == "you"
    assert restored.metadata["step"] == "0"
    origin = origin_of(path)
    assert (origin.precision, origin.threads, origin.count) == ("fp32", torch.get_num_threads(), 50)


@pytest.mark.parametrize("labelled", [True, False])
def test_other_networks_are_refused_and_nothing_changes(tmp_path: Path, labelled: bool) -> None:
    path = saved(tiny_engine(labelled), tmp_path)
    other, untouched = tiny_engine(not labelled), tiny_engine(not labelled)
    for engine in (other, untouched):
        engine.train_step()
    with pytest.raises(CheckpointError, match="nothing was changed"):
        load(path, other)
    assert_equal(other, untouched)


def test_networks_of_another_name_are_refused(tmp_path: Path) -> None:
    path = saved(tiny_engine(networks="light"), tmp_path)
    with pytest.raises(CheckpointError, match="'light'"):
        load(path, tiny_engine(networks="article"))


def test_full_disk_is_one_sentence_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tiny_engine()
    path = saved(engine, tmp_path)
    before = path.read_bytes()
    engine.train_step()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CheckpointError, match=r"could not be written \(No space left on device\)"):
        write(path, capture(engine), {})
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_generator_for_sampling_draws_what_the_engine_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sampling.PAIRS, "light", tiny_pair())
    engine = tiny_engine(networks="light")
    for _ in range(5):
        engine.train_step()
    path = saved(engine, tmp_path)
    for raw in (False, True):
        loaded = load_generator(path, raw=raw)
        assert loaded.ema is not raw
        assert loaded.step == 5
        z, labels = loaded.latent(6, 3)
        assert torch.equal(z, engine.fixed_latent(6, 3)[0])
        assert torch.equal(loaded.draw(z, labels), engine.draw(z, labels, ema=not raw))


def test_without_a_running_average_the_generator_itself_is_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sampling.PAIRS, "light", tiny_pair())
    engine = tiny_engine(networks="light", ema=0.0)
    engine.train_step()
    loaded = load_generator(saved(engine, tmp_path))
    assert loaded.ema is False
    z, labels = loaded.latent(6, 3)
    assert torch.equal(loaded.draw(z, labels), engine.draw(z, labels, ema=True))


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_every_recipe_resumes_bit_for_bit(tmp_path: Path, recipe: str) -> None:
    config = combine({"recipe": recipe, "d_batch": 3, "g_batch": 5})
    data = tiny_dataset(count=31, side=28, classes=10)

    def engine() -> Engine:
        return Engine(config, data, CPU, "fp32", PAIRS[config.networks])

    whole = engine()
    for _ in range(3):
        whole.train_step()
    path = saved(whole, tmp_path)
    resumed = engine()
    assert load(path, resumed).differences == ()
    for one in (whole, resumed):
        for _ in range(3):
            one.train_step()
    assert_equal(whole, resumed)
    z, labels = whole.fixed_latent(4, 1)
    loaded = load_generator(saved(whole, tmp_path))
    assert torch.equal(loaded.draw(z, labels), whole.draw(z, labels, ema=True))
