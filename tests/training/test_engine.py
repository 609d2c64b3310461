"""What the engine promises: ratios, rates, sums, drawing, its running average."""

import subprocess
import sys

import pytest
import torch

from gan_tui.training.engine import Engine, to_bytes
from gan_tui.training.errors import TrainingError
from tests.training.tiny import CPU, SIDE, steer, tiny_config, tiny_dataset, tiny_engine, tiny_pair


def test_shared_fakes_are_those_that_both_learn_from() -> None:
    engine = tiny_engine(share_fakes=True, d_steps=2, g_steps=2)
    before = engine.latent.generator.get_state()
    engine.train_step()
    after = engine.latent.generator.get_state()
    engine.latent.generator.set_state(before)
    for _ in range(3):  # two D updates and two G updates, of which one pair shares
        engine.latent.draw(8)
        engine.latent.draw_labels(8)
    assert torch.equal(engine.latent.generator.get_state(), after)
    assert (engine.d_updates, engine.g_updates) == (2, 2)


def test_shared_fakes_give_the_gradients_of_unshared_ones() -> None:
    shared, separate = tiny_engine(share_fakes=True), tiny_engine()
    shared.train_step()
    noise = separate.latent.generator.get_state()
    separate.d_update()
    separate.latent.generator.set_state(noise)
    separate.g_update()
    for one, other in zip(shared.generator.parameters(), separate.generator.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(("d", "g", "share"), [(0, 1, False), (1, 0, True), (2, 3, True), (3, 1, False)])
def test_between_two_updates_one_may_look_and_changes_nothing(d: int, g: int, share: bool) -> None:
    watched, alone = tiny_engine(share_fakes=share), tiny_engine(share_fakes=share)
    seen: list[tuple[int, int, int]] = []

    def look() -> None:
        watched.take_sums()
        seen.append((watched.step, watched.d_updates, watched.g_updates))

    for engine in (watched, alone):
        steer(engine, d_steps=d, g_steps=g)
    watched.train_step(look)
    alone.train_step()
    assert seen == [(0, min(number, d), max(0, number - d)) for number in range(1, d + g)]
    for name, value in watched.generator.state_dict().items():
        assert torch.equal(value, alone.generator.state_dict()[name])
    for name, value in watched.discriminator.state_dict().items():
        assert torch.equal(value, alone.discriminator.state_dict()[name])


@pytest.mark.parametrize(("d", "g"), [(0, 1), (1, 0), (3, 2), (10, 10)])
def test_ratio_counts_updates(d: int, g: int) -> None:
    engine = tiny_engine()
    before = [parameter.clone() for parameter in engine.discriminator.parameters()]
    steer(engine, d_steps=d, g_steps=g)
    engine.train_step()
    engine.train_step()
    assert (engine.step, engine.d_updates, engine.g_updates) == (2, 2 * d, 2 * g)
    sums = engine.take_sums()
    assert (sums.d_updates, sums.g_updates) == (2 * d, 2 * g)
    unchanged = all(
        torch.equal(one, other) for one, other in zip(before, engine.discriminator.parameters(), strict=True)
    )
    assert unchanged == (d == 0)


@pytest.mark.parametrize(("d", "g"), [(0, 0), (11, 1), (1, -1)])
def test_impossible_ratios(d: int, g: int) -> None:
    engine = tiny_engine()
    before = engine.settings
    with pytest.raises(ValueError, match=f"{d}:{g}"):
        steer(engine, d_steps=d, g_steps=g)
    assert engine.settings == before


def test_learning_rates_are_live() -> None:
    engine = tiny_engine()
    engine.train_step()
    steer(engine, d_lr=1e-7, g_lr=0.1)
    before = {
        name: [parameter.clone() for parameter in module.parameters()]
        for name, module in (("d", engine.discriminator), ("g", engine.generator))
    }
    engine.train_step()
    moved = {
        name: max(
            float((one - other).abs().max().detach())
            for one, other in zip(before[name], module.parameters(), strict=True)
        )
        for name, module in (("d", engine.discriminator), ("g", engine.generator))
    }
    assert moved["d"] < 1e-6
    assert moved["g"] > 1e-2


def test_an_update_of_g_leaves_d_as_it_is_and_the_other_way_round() -> None:
    engine = tiny_engine()
    d = {name: value.clone() for name, value in engine.discriminator.state_dict().items()}
    engine.g_update()
    assert all(torch.equal(value, d[name]) for name, value in engine.discriminator.state_dict().items())
    assert all(parameter.requires_grad for parameter in engine.discriminator.parameters())
    g = {name: value.clone() for name, value in engine.generator.named_parameters()}
    engine.d_update()
    assert all(torch.equal(value, g[name]) for name, value in engine.generator.named_parameters())


def test_sums_are_moments_and_begin_anew() -> None:
    engine = tiny_engine()
    singles = []
    for _ in range(5):
        engine.train_step()
        singles.append(engine.take_sums())
    twin = tiny_engine()
    for _ in range(5):
        twin.train_step()
    sums = twin.take_sums()
    for name in ("d_real", "d_fake", "g"):
        values = [getattr(one, name).mean for one in singles]
        moments = getattr(sums, name)
        assert moments.count == 5
        assert moments.mean == pytest.approx(sum(values) / 5, rel=1e-5)
        assert moments.min == pytest.approx(min(values))
        assert moments.max == pytest.approx(max(values))
    for name in ("opinion_real", "opinion_fake", "right_real", "right_fake"):
        values = [getattr(one, name) for one in singles]
        assert getattr(sums, name) == pytest.approx(sum(values) / 5, rel=1e-5)
        assert 0 <= getattr(sums, name) <= 1
    empty = twin.take_sums()
    assert empty.d_real is None
    assert empty.g is None
    assert empty.opinion_real is None


def test_right_is_the_side_of_zero() -> None:
    engine = tiny_engine(labelled=False, d_lr=1e-7)
    with torch.no_grad():
        for parameter in engine.discriminator.parameters():
            parameter.zero_()
        engine.discriminator.get_parameter("out.bias").fill_(2.0)
    engine.d_update()
    sums = engine.take_sums()
    assert (sums.right_real, sums.right_fake) == (1.0, 0.0)
    assert sums.opinion_real == pytest.approx(0.880797, rel=1e-5)


def test_losses_that_are_not_finite_show() -> None:
    engine = tiny_engine()
    with torch.no_grad():
        engine.discriminator.get_parameter("out.bias").fill_(float("nan"))
    engine.train_step()
    sums = engine.take_sums()
    assert sums.d_real is not None
    assert sums.d_real.mean != sums.d_real.mean
    engine = tiny_engine()
    engine.train_step()
    assert engine.take_sums().g is not None


def test_drawing_leaves_no_trace() -> None:
    engine, twin = tiny_engine(), tiny_engine()
    for _ in range(3):
        engine.train_step()
        twin.train_step()
        for ema in (True, False):
            images = engine.draw(*engine.fixed_latent(300, 1), ema=ema)
            assert images.shape == (300, SIDE, SIDE)
            assert images.dtype == torch.uint8
    for one, other in zip(
        engine.generator.state_dict().values(), twin.generator.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other)
    assert engine.generator.training
    assert torch.equal(engine.latent.generator.get_state(), twin.latent.generator.get_state())


def test_global_random_state_is_neither_read_nor_written() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    engine = tiny_engine()
    for _ in range(3):
        engine.train_step()
    engine.draw(*engine.fixed_latent(3, 1), ema=True)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    twin = tiny_engine()
    for _ in range(3):
        twin.train_step()
    for one, other in zip(engine.generator.parameters(), twin.generator.parameters(), strict=True):
        assert torch.equal(one, other)


def test_without_a_running_average_it_is_the_generator() -> None:
    engine = tiny_engine(ema=0.0)
    for _ in range(3):
        engine.train_step()
    for one, other in zip(
        engine.ema.state_dict().values(), engine.generator.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other)
    steer(engine, ema=0.9)
    start = engine.ema.get_parameter("out.bias").clone()
    engine.train_step()
    expected = 0.1 * start + 0.9 * engine.generator.get_parameter("out.bias")
    torch.testing.assert_close(engine.ema.get_parameter("out.bias"), expected.detach())


def test_running_average_is_warmed_up_and_takes_the_batch_norms_statistics() -> None:
    engine = tiny_engine(ema=0.5)
    for name in ("out.bias", "norm.running_var"):
        before = engine.ema.state_dict()[name].clone()
        count = engine.average.count
        engine.train_step()
        decay = min(0.5, (1 + count) / (10 + count))
        expected = decay * before + (1 - decay) * engine.generator.state_dict()[name]
        torch.testing.assert_close(engine.ema.state_dict()[name], expected)
    for _ in range(20):
        engine.train_step()
    before = engine.ema.get_parameter("out.bias").clone()
    engine.train_step()
    expected = 0.5 * before + 0.5 * engine.generator.get_parameter("out.bias").detach()
    torch.testing.assert_close(engine.ema.get_parameter("out.bias"), expected)
    assert engine.ema.get_buffer("norm.num_batches_tracked") == engine.generator.get_buffer(
        "norm.num_batches_tracked"
    )


def test_epoch_counts_real_images() -> None:
    engine = tiny_engine(count=20, d_batch=8)
    for _ in range(5):
        engine.train_step()
    assert engine.epoch == pytest.approx(2.0)


def test_data_of_another_shape_or_with_other_classes_is_refused() -> None:
    with pytest.raises(TrainingError, match=r"6×6.*7×7"):
        Engine(tiny_config(), tiny_dataset(side=7), CPU, "fp32", tiny_pair())
    with pytest.raises(TrainingError, match=r"3 classes.*has 5"):
        Engine(tiny_config(), tiny_dataset(classes=5), CPU, "fp32", tiny_pair())
    with pytest.raises(TrainingError, match="no loss 'other'"):
        tiny_engine(loss="other")


def test_bytes_of_images() -> None:
    images = torch.tensor([0.0, 0.5, 1.0, 1.2, -0.1, float("nan")])
    assert to_bytes(images).tolist() == [0, 128, 255, 255, 0, 0]


def test_bf16_trains_close_to_fp32() -> None:
    fp32, bf16 = tiny_engine(), tiny_engine()
    bf16.precision = "bf16"
    for _ in range(5):
        fp32.train_step()
        bf16.train_step()
    one, other = fp32.take_sums(), bf16.take_sums()
    assert one.g is not None
    assert other.g is not None
    assert one.g.mean == pytest.approx(other.g.mean, rel=0.02)
    assert one.g.mean != other.g.mean
    assert all(parameter.dtype == torch.float32 for parameter in bf16.generator.parameters())


def test_the_compiler_is_not_imported_for_a_step() -> None:
    code = (
        "import sys; from tests.training.tiny import tiny_engine; e = tiny_engine(); e.train_step(); "
        "e.take_sums(); e.draw(*e.fixed_latent(3, 1), ema=True); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
