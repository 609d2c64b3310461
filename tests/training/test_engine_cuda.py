"""The engine on a GPU: no step waits for it, recorded steps are the eager ones, checkpoints go in and out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_tui.config.recipes import RECIPES
from gan_tui.config.sources import combine
from gan_tui.networks import PAIRS
from gan_tui.training.checkpoint import capture, load, write
from gan_tui.training.engine import Engine
from gan_tui.training.game import Game
from gan_tui.training.graphs import RecordingError
from gan_tui.training.graphs.children import bindings
from gan_tui.training.graphs.cuda import CudaRecorder, recorder_for
from gan_tui.training.graphs.inputs import Inputs
from gan_tui.training.graphs.kept import kept
from gan_tui.training.graphs.plan import Part
from gan_tui.training.latent import Latent
from gan_tui.training.precision import Arithmetic
from gan_tui.training.sampler import Sampler
from gan_tui.training.sums import Sums
from gan_tui.training.tensors import collect
from tests.training.tiny import steer, tiny_dataset

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device here"),
]
DEVICE = torch.device("cuda", 0)
SHADES = 16
"""Of 255: most by which pictures differ of trainings that rounding alone has driven apart for a few steps."""


@pytest.fixture
def waiting_is_an_error() -> Iterator[Callable[[], None]]:
    """Called, any wait for the device raises until the test is over."""
    synchronize = torch.cuda.synchronize

    def begin() -> None:
        torch.cuda.set_sync_debug_mode("error")
        torch.cuda.synchronize = lambda *_: pytest.fail("the whole device is waited for")

    yield begin
    torch.cuda.synchronize = synchronize
    torch.cuda.set_sync_debug_mode("default")


@pytest.fixture(autouse=True)
def repeatable() -> Iterator[None]:
    """Kernels whose sums come in one order, where the libraries have them."""
    before = torch.backends.cudnn.deterministic
    torch.backends.cudnn.deterministic = True
    yield
    torch.backends.cudnn.deterministic = before


def engine(recipe: str, precision: Arithmetic = "fp32", graphs: str = "off", **values: Any) -> Engine:
    config = combine({"recipe": recipe, **values})
    data = tiny_dataset(count=1000, side=28, classes=10)
    recorder = recorder_for(DEVICE, graphs)
    return Engine(config, data, DEVICE, precision, PAIRS[config.networks], recorder)


def losses(sums: Sums) -> list[float]:
    return [one.mean for one in (sums.d_real, sums.d_fake, sums.g) if one is not None]


def assert_same_place(one: Engine, other: Engine) -> None:
    """Everything that does not round is equal: counts, place in the data, random state, Adam's steps."""
    for name in ("step", "d_updates", "g_updates", "epoch", "settings"):
        assert getattr(one, name) == getattr(other, name), name
    assert torch.equal(one.latent.generator.get_state(), other.latent.generator.get_state())
    first, second = collect(one), collect(other)
    assert first.keys() == second.keys()
    exact = [name for name in first if name.endswith((".step", ".num_batches_tracked"))]
    assert exact
    assert [name for name in exact if not torch.equal(first[name], second[name])] == []


def assert_same_pictures(one: Engine, other: Engine) -> None:
    z, labels = one.fixed_latent(10, 1)
    for ema in (True, False):
        difference = one.draw(z, labels, ema).int() - other.draw(z, labels, ema).int()
        assert difference.abs().max() <= SHADES


@pytest.mark.parametrize("graphs", ["off", "on"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("recipe", list(RECIPES))
def test_no_step_waits_for_the_device(
    recipe: str, precision: Arithmetic, graphs: str, waiting_is_an_error: Callable[[], None]
) -> None:
    one = engine(recipe, precision, graphs)
    one.prepare()
    for _ in range(2):
        one.train_step()
    waiting_is_an_error()
    for _ in range(1200 // one.config.d_batch):  # beyond the end of the data, where they are shuffled anew
        one.train_step()
    one.d_update()
    one.g_update()
    torch.cuda.set_sync_debug_mode("default")
    assert one.refusal == ""
    assert one.sampler.epoch >= 1
    sums = one.take_sums()
    assert sums.g is not None
    assert sums.g.mean == sums.g.mean


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("recipe", list(RECIPES))
def test_recorded_steps_are_the_eager_ones(recipe: str, precision: Arithmetic) -> None:
    recorded, eager = engine(recipe, precision, "on"), engine(recipe, precision)
    for number in range(20):
        recorded.train_step()
        eager.train_step()
        mine, theirs = losses(recorded.take_sums()), losses(eager.take_sums())
        assert len(mine) == len(theirs) == 3
        # Where kernels round alike, all are equal; where not, a game drives two trainings apart.
        early = number < 3 and precision == "fp32"
        assert mine == pytest.approx(theirs, rel=1e-3 if early else 0.1, abs=1e-4 if early else 0.02)
    assert recorded.refusal == ""
    assert_same_place(recorded, eager)


@pytest.mark.parametrize("values", [{"d_steps": 3, "g_steps": 2}, {"d_batch": 8, "g_batch": 24}])
@pytest.mark.parametrize("share", [True, False])
def test_recorded_steps_at_other_ratios_and_batches(share: bool, values: dict[str, Any]) -> None:
    recorded, eager = (
        engine("swift", graphs=graphs, share_fakes=share, g_lr=1e-3, d_lr=1e-3, **values)
        for graphs in ("on", "off")
    )
    for _ in range(5):
        recorded.train_step()
        eager.train_step()
    assert_same_place(recorded, eager)
    assert_same_pictures(recorded, eager)
    assert losses(recorded.take_sums()) == pytest.approx(losses(eager.take_sums()), rel=0.02, abs=0.01)


def test_no_change_of_settings_records_anew() -> None:
    recorded, eager = (
        engine("swift", graphs=graphs, g_lr=1e-3, d_lr=1e-3, ema=0.9) for graphs in ("on", "off")
    )
    recorded.prepare()
    assert recorded.recordings == 3
    changes: list[dict[str, Any]] = [
        {"d_steps": 2, "g_steps": 1},
        {"d_lr": 2e-3, "g_lr": 5e-4},
        {"d_steps": 0, "g_steps": 2, "ema": 0.0},
        {"d_steps": 1, "g_steps": 0, "ema": 0.5},
        {"d_steps": 1, "g_steps": 1},
    ]
    for change in changes:
        for one in (recorded, eager):
            steer(one, **change)
            one.train_step()
    assert recorded.recordings == 3
    assert_same_place(recorded, eager)
    assert_same_pictures(recorded, eager)


def test_a_rate_of_the_moment_is_the_one_that_is_learned_by() -> None:
    one = engine("swift", graphs="on")
    one.train_step()
    before = [parameter.detach().clone() for parameter in one.generator.parameters()]
    moved = []
    for rate in (1e-7, 1e-1):
        steer(one, g_lr=rate)
        one.train_step()
        now = [parameter.detach().clone() for parameter in one.generator.parameters()]
        moved.append(max(float((new - old).abs().max()) for new, old in zip(now, before, strict=True)))
        before = now
    assert moved[0] < 1e-6
    assert moved[1] > 1e-2
    assert one.recordings == 1


def test_recording_trains_nothing() -> None:
    recorded, untouched = engine("swift", graphs="on"), engine("swift")
    recorded.prepare()
    first, second = collect(recorded), collect(untouched)
    assert [name for name in first if not torch.equal(first[name], second[name])] == []
    assert recorded.take_sums() == untouched.take_sums()
    assert recorded.sampler.position == 0


@pytest.mark.parametrize("graphs", ["off", "on"])
@pytest.mark.parametrize("recipe", list(RECIPES))
def test_checkpoint_there_and_back(tmp_path: Path, recipe: str, graphs: str) -> None:
    one, other = engine(recipe, graphs=graphs), engine(recipe, graphs=graphs)
    for _ in range(3):
        one.train_step()
    other.train_step()  # what it has recorded by now is given the other's state
    recordings = other.recordings
    write(tmp_path / "a.safetensors", capture(one), {})
    assert load(tmp_path / "a.safetensors", other).differences == ()
    first, second = collect(one), collect(other)
    assert all(torch.equal(first[name], second[name]) for name in first)
    one.train_step()
    other.train_step()
    assert other.recordings == recordings
    assert_same_place(one, other)
    assert_same_pictures(one, other)


def test_a_checkpoint_is_of_its_moment_though_training_goes_on(tmp_path: Path) -> None:
    one, other = engine("labelled", graphs="on"), engine("labelled")
    for _ in range(2):
        one.train_step()
    expected = collect(one)
    captured = capture(one)
    for _ in range(20):
        one.train_step()
    write(tmp_path / "a.safetensors", captured, {})
    load(tmp_path / "a.safetensors", other)
    found = collect(other)
    assert [name for name in expected if not torch.equal(expected[name], found[name])] == []


def test_drawing_and_saving_between_disturb_nothing() -> None:
    watched, alone = (engine("swift", graphs="on", g_lr=1e-3, d_lr=1e-3) for _ in range(2))
    z, labels = watched.fixed_latent(300, 1)
    for _ in range(5):
        for ema in (True, False):
            watched.draw(z, labels, ema)
        capture(watched)
        watched.train_step()
        alone.train_step()
    assert_same_place(watched, alone)
    assert_same_pictures(watched, alone)


@pytest.mark.parametrize("recipe", ["labelled", "balanced"])
@pytest.mark.parametrize("part", list(Part))
def test_each_update_of_a_step_reads_what_it_would_draw_eagerly(part: Part, recipe: str) -> None:
    config = combine({"recipe": recipe, "d_batch": 48, "share_fakes": False})
    data = tiny_dataset(count=1000, side=28, classes=10)
    game = Game(config, data, DEVICE, "fp32", PAIRS[config.networks], recorded=True)
    inputs, recorder = Inputs(game), CudaRecorder(DEVICE)
    count = config.d_batch if part is Part.D else config.g_batch
    place = torch.zeros(1, dtype=torch.int64, device=DEVICE)
    z = torch.zeros(3, count, game.latent.length, device=DEVICE)
    labels = torch.zeros(3, count, dtype=torch.int64, device=DEVICE)
    indices = torch.zeros(3, config.d_batch, dtype=torch.int64, device=DEVICE)

    def work() -> None:
        noise = inputs.noise(part)
        z.index_copy_(0, place, noise.z.unsqueeze(0))
        if noise.labels is not None:
            labels.index_copy_(0, place, noise.labels.unsqueeze(0))
        if part is not Part.G:
            indices.index_copy_(0, place, inputs.indices().unsqueeze(0))
        place.add_(1)

    def rewind() -> None:
        inputs.rewind()
        place.zero_()

    with kept([place]):
        recording = recorder.record(work)
    step = recorder.join(rewind, [recording] * 3)
    assert recorder.joins == (bindings() is not None)
    sampler, same = (Sampler(1000, 5, DEVICE) for _ in range(2))
    twin = Latent.of(config, game.pair, DEVICE)
    for _ in range(3):
        inputs.fill((part,) * 3, sampler.take)
        step()
        for row in range(3):
            assert torch.equal(z[row], twin.draw(count))
            if game.pair.labelled:
                assert torch.equal(labels[row], twin.draw_labels(count))
            if part is not Part.G:
                assert torch.equal(indices[row], same.take(config.d_batch))
    assert torch.equal(game.latent.generator.get_state(), twin.generator.get_state())


def test_joined_steps_are_those_replayed_one_by_one() -> None:
    if bindings() is None:
        pytest.skip("NVIDIA's bindings (cuda-bindings) are not installed: steps are replayed one by one")
    config = combine({"recipe": "article", "d_steps": 2, "g_steps": 3})
    data = tiny_dataset(count=1000, side=28, classes=10)
    recorders = [CudaRecorder(DEVICE, join) for join in (True, False)]
    joined, one_by_one = (
        Engine(config, data, DEVICE, "fp32", PAIRS[config.networks], recorder) for recorder in recorders
    )
    for _ in range(5):
        joined.train_step()
        one_by_one.train_step()
        assert losses(joined.take_sums()) == pytest.approx(losses(one_by_one.take_sums()), rel=1e-3, abs=1e-4)
    assert [recorder.joins for recorder in recorders] == [True, False]
    assert joined.refusal == one_by_one.refusal == ""
    assert_same_place(joined, one_by_one)


def test_work_that_draws_random_numbers_of_its_own_is_refused() -> None:
    x = torch.zeros(3, device=DEVICE)
    with pytest.raises(RecordingError, match="draws random numbers"):
        CudaRecorder(DEVICE).record(lambda: (x.normal_(), None)[1])


# The last: a capture that failed is the hardest thing to tidy up behind.
def test_work_that_waits_is_refused_and_the_device_goes_on() -> None:
    recorder, x = CudaRecorder(DEVICE), torch.ones(3, device=DEVICE)
    stream = torch.cuda.current_stream()
    with pytest.raises(RecordingError, match="does not record"):
        recorder.record(lambda: (x.sum().item(), None)[1])
    assert torch.cuda.current_stream() == stream
    assert x.sum().item() == 3.0
    replay = recorder.record(lambda: (x.add_(1.0), None)[1]).replay
    x.zero_()
    replay()
    assert x.tolist() == [1.0, 1.0, 1.0]
