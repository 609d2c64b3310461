"""Recorded updates are the eager ones, bit for bit, whatever changes on the way; on a CPU by a stand-in."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from gan_tui.config.recipes import RECIPES
from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine
from gan_tui.networks import PAIRS, article, light
from gan_tui.training.checkpoint import capture, load, write
from gan_tui.training.engine import Engine
from gan_tui.training.errors import DeviceError
from gan_tui.training.graphs.cuda import recorder_for
from gan_tui.training.graphs.plan import Part, pieces, plan, shares_fakes
from gan_tui.training.graphs.recorder import Recorder
from gan_tui.training.precision import Arithmetic
from gan_tui.training.tensors import collect
from tests.training.tape import RefusingRecorder, TapeRecorder
from tests.training.tiny import CPU, steer, tiny_config, tiny_dataset, tiny_pair

GAMES: list[dict[str, Any]] = [
    {},
    {"share_fakes": True},
    {"share_fakes": True, "d_batch": 4, "g_batch": 9, "g_steps": 2, "ema": 0.0},
    {"share_fakes": True, "d_batch": 9, "g_batch": 4},
    {"split_d_update": True, "d_batch": 4, "g_batch": 16, "g_steps": 2, "beta1": 0.9},
    {"latent_distribution": "uniform", "latent_scale": 100.0, "d_steps": 3, "d_batch": 7},
]


def engine(config: RunConfig, recorder: Recorder | None, labelled: bool = True) -> Engine:
    return Engine(config, tiny_dataset(), CPU, "fp32", tiny_pair(labelled), recorder)


def real_engine(recipe: str, recorder: Recorder | None, precision: Arithmetic) -> Engine:
    config = combine({"recipe": recipe, "d_batch": 3, "g_batch": 5})
    data = tiny_dataset(count=31, side=28, classes=10)
    return Engine(config, data, CPU, precision, PAIRS[config.networks], recorder)


def assert_alike(recorded: Engine, eager: Engine) -> None:
    first, second = collect(recorded), collect(eager)
    assert first.keys() == second.keys()
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    assert recorded.take_sums() == eager.take_sums()
    for name in ("step", "d_updates", "g_updates", "epoch", "settings"):
        assert getattr(recorded, name) == getattr(eager, name)
    assert recorded.average.count == eager.average.count


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("values", GAMES)
def test_recorded_training_is_the_eager_one(labelled: bool, values: dict[str, Any]) -> None:
    recorder = TapeRecorder()
    recorded = engine(tiny_config(**values), recorder, labelled)
    eager = engine(tiny_config(**values), None, labelled)
    changes: list[dict[str, Any]] = [
        {},
        {"d_lr": 3e-3, "g_lr": 7e-4},
        {"d_steps": 2, "g_steps": 3},
        {"ema": 0.3},
        {"d_steps": 0, "g_steps": 1, "ema": 0.0},
        {"d_steps": 4, "g_steps": 0, "g_lr": 1e-2},
        {"d_steps": 1, "g_steps": 1, "ema": 0.9},
    ]
    for change in changes:
        for one in (recorded, eager):
            steer(one, **change)
            for _ in range(3):
                one.train_step()
        assert_alike(recorded, eager)
    assert recorded.recordings == len(recorder.tapes) <= len(Part)
    assert recorder.paced == recorded.step


@pytest.mark.parametrize("way", ["layers", "functions"])  # a GPU's, and a CPU's
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("recipe", list(RECIPES))
def test_the_recipes_networks_can_be_recorded(
    monkeypatch: pytest.MonkeyPatch, recipe: str, precision: Arithmetic, way: str
) -> None:
    if way == "layers":
        for networks in (article, light):
            monkeypatch.setattr(networks, "by_hand", lambda _: False)
    else:
        monkeypatch.setattr(article, "FEW", 1)
    recorder = TapeRecorder()
    recorded, eager = (real_engine(recipe, one, precision) for one in (recorder, None))
    for _ in range(2):
        recorded.train_step()
        eager.train_step()
    assert_alike(recorded, eager)
    assert recorded.refusal == ""


def test_single_updates_replay_what_steps_replay() -> None:
    recorder = TapeRecorder()
    recorded, eager = engine(tiny_config(), recorder), engine(tiny_config(), None)
    for one in (recorded, eager):
        one.train_step()
        one.d_update()
        one.g_update()
        one.g_update()
    assert_alike(recorded, eager)
    assert [tape.replays for tape in recorder.tapes] == [2, 3]


def test_no_change_of_settings_records_anew() -> None:
    recorder = TapeRecorder()
    one = engine(tiny_config(share_fakes=True), recorder)
    one.prepare()
    assert one.recordings == 3
    for number in range(1, 6):
        steer(one, d_steps=number, g_steps=6 - number, d_lr=number * 1e-3, g_lr=1e-3 / number, ema=number / 6)
        one.train_step()
    assert one.recordings == len(recorder.tapes) == 3
    assert sum(tape.replays for tape in recorder.tapes) == 5 * 5


def test_what_is_prepared() -> None:
    alone, all_parts = (engine(tiny_config(share_fakes=True, g_steps=0), TapeRecorder()) for _ in range(2))
    alone.prepare(every_ratio=False)
    assert alone.recordings == 1
    all_parts.prepare()
    assert all_parts.recordings == 3
    steer(all_parts, d_steps=2, g_steps=2)
    all_parts.train_step()
    all_parts.prepare()
    assert all_parts.recordings == 3


@pytest.mark.parametrize("ema", [0.0, 0.9])
@pytest.mark.parametrize("share_fakes", [True, False])
def test_what_is_prepared_is_joined_too(ema: float, share_fakes: bool) -> None:
    recorder = TapeRecorder()
    one = engine(tiny_config(ema=ema, share_fakes=share_fakes, d_steps=2, g_steps=3), recorder)
    one.prepare()
    made = len(recorder.joined)
    for _ in range(2):
        one.train_step()
        one.d_update()
        one.g_update()
    assert len(recorder.joined) == made > 0


def test_recording_trains_nothing() -> None:
    recorded, eager = engine(tiny_config(share_fakes=True), TapeRecorder()), engine(tiny_config(), None)
    recorded.prepare()
    assert_alike(recorded, eager)
    for _ in range(2):
        recorded.train_step()
    before, place = collect(recorded), (recorded.sampler.epoch, recorded.sampler.position)
    steer(recorded, d_steps=2)
    recorded.prepare()
    after = collect(recorded)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert (recorded.sampler.epoch, recorded.sampler.position) == place


@pytest.mark.parametrize("refused", [[0], [1], [0, 1, 2]])
def test_where_the_device_refuses_updates_are_eager(refused: list[int]) -> None:
    config = tiny_config(share_fakes=True, d_steps=2, g_steps=2)
    recorded, eager = engine(config, RefusingRecorder(refused)), engine(config, None)
    for one in (recorded, eager):
        for _ in range(3):
            one.train_step()
    assert_alike(recorded, eager)
    assert "does not record" in recorded.refusal


def test_refused_at_preparation() -> None:
    recorded, eager = engine(tiny_config(), RefusingRecorder()), engine(tiny_config(), None)
    recorded.prepare()
    assert "does not record" in recorded.refusal
    assert recorded.recordings == 0
    assert_alike(recorded, eager)
    recorded.prepare()
    recorded.train_step()
    eager.train_step()
    assert_alike(recorded, eager)


def test_drawing_and_saving_between_disturb_nothing() -> None:
    recorded, eager = engine(tiny_config(), TapeRecorder()), engine(tiny_config(), None)
    for _ in range(4):
        recorded.train_step()
        eager.train_step()
        z, labels = recorded.fixed_latent(7, 3)
        for ema in (True, False):
            assert torch.equal(recorded.draw(z, labels, ema), eager.draw(z, labels, ema))
        capture(recorded)
    assert_alike(recorded, eager)


@pytest.mark.parametrize("values", [{}, {"share_fakes": True, "ema": 0.0}])
@pytest.mark.parametrize("recorded_first", [True, False])
def test_a_checkpoint_goes_into_recorded_training_and_out_of_it(
    tmp_path: Path, values: dict[str, Any], recorded_first: bool
) -> None:
    recorders = [TapeRecorder(), None] if recorded_first else [None, TapeRecorder()]
    whole, resumed = (engine(tiny_config(**values), recorder) for recorder in recorders)
    for _ in range(4):
        whole.train_step()
    write(tmp_path / "a.safetensors", capture(whole), {})
    for _ in range(3):
        resumed.train_step()  # its recordings are made, then their memory is given the other state
    assert load(tmp_path / "a.safetensors", resumed).differences == ()
    whole.take_sums()
    for one in (whole, resumed):
        steer(one, d_lr=2e-3)
        for _ in range(4):
            one.train_step()
    assert_alike(resumed, whole)


def test_another_configuration_or_arithmetic_is_recorded_once_and_found_again() -> None:
    recorder = TapeRecorder()
    recorded, eager = engine(tiny_config(), recorder), engine(tiny_config(), None)
    small = tiny_config(d_batch=3, g_batch=5)
    for _ in range(2):
        for config, precision in ((tiny_config(), "fp32"), (small, "fp32"), (small, "bf16")):
            for one in (recorded, eager):
                one.config = config
                one.precision = precision  # type: ignore[assignment]
                one.train_step()
    assert_alike(recorded, eager)
    assert recorded.recordings == len(recorder.tapes) == 6


def test_between_the_parts_of_a_recorded_step_one_may_look() -> None:
    one = engine(tiny_config(share_fakes=True, d_steps=2, g_steps=3), TapeRecorder())
    seen: list[tuple[int, int]] = []

    def look() -> None:
        sums = one.take_sums()
        seen.append((sums.d_updates, sums.g_updates))

    one.train_step(look)
    assert seen == [(2, 1), (0, 1)], "up to each G update, behind which the average takes its part"
    assert (one.step, one.d_updates, one.g_updates) == (1, 2, 3)


def test_a_step_without_an_average_is_one_replay_of_what_was_recorded_once() -> None:
    recorder, seen = TapeRecorder(), []
    recorded, eager = engine(tiny_config(ema=0.0), recorder), engine(tiny_config(ema=0.0), None)
    recorded.prepare()
    made = list(recorder.joined)
    for d_steps, g_steps in ((2, 3), (0, 2), (10, 10), (2, 3)):
        for one in (recorded, eager):
            steer(one, d_steps=d_steps, g_steps=g_steps)
        recorded.train_step(lambda: seen.append(1))
        eager.train_step()
        assert_alike(recorded, eager)
    assert seen == []
    assert recorded.recordings == len(recorder.tapes) == 2
    d, g = 0, 1
    joined = recorder.joined[len(made) :]
    assert joined == [[d] * 2 + [g] * 3, [g] * 2, [d] * 10 + [g] * 10], "each ratio once"


def test_what_is_played_at_once_ends_where_the_average_takes_its_part() -> None:
    d, g, both = Part.D, Part.G, Part.BOTH
    assert pieces([d, d, both, g, g], averaged=True) == [(d, d, both), (g,), (g,)]
    assert pieces([d, d, both, g, g], averaged=False) == [(d, d, both, g, g)]
    assert pieces([d, d], averaged=True) == pieces([d, d], averaged=False) == [(d, d)]
    assert pieces([], averaged=True) == pieces([], averaged=False) == []


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("d_batch", [6, 7])
def test_a_plan_has_the_updates_of_its_ratio_in_their_order(share: bool, d_batch: int) -> None:
    config = combine({"recipe": "swift", "share_fakes": share, "d_batch": d_batch, "g_batch": 6})
    fits = d_batch <= config.g_batch
    for d in range(6):
        for g in range(6):
            parts = plan(config, d, g)
            order = "".join("D" * part.counts[0] + "G" * part.counts[1] for part in parts)
            assert order == "D" * d + "G" * g
            assert (Part.BOTH in parts) == (share and fits and d > 0 and g > 0)
            at_this_ratio = msgspec.structs.replace(config, d_steps=d, g_steps=g)
            assert shares_fakes(at_this_ratio) == (Part.BOTH in parts)
            assert set(parts) <= set(Part)


def test_what_records_here() -> None:
    assert recorder_for(CPU, "auto") is None
    assert recorder_for(CPU, "off") is None
    with pytest.raises(DeviceError, match="CUDA graphs need a CUDA device"):
        recorder_for(CPU, "on")
