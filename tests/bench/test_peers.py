"""All peers are the same training: same weights, images and noise give the same losses, step for step."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import loadmat

from gan_tui.bench.counting import of_step
from gan_tui.bench.environment import FOLDER
from gan_tui.bench.peers import PEERS, Losses, Peer
from gan_tui.bench.peers import ours as ours_module
from gan_tui.bench.peers.as_written import AsWrittenWithData, write_mat
from gan_tui.bench.peers.jax_scan import BLOCK_WORK, MOST_STEPS, MOST_UNROLLED, block_of
from gan_tui.bench.peers.shared import EngineSource
from gan_tui.bench.plan import COMPILING, EAGER, OURS, RATIO_KEYS, RECIPE_ORDER
from gan_tui.bench.report import Recipe
from gan_tui.bench.table import HEADS
from gan_tui.config.recipes import RECIPES
from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine
from gan_tui.data.dataset import Dataset
from gan_tui.networks import Pair, article, pair_for

CPU = torch.device("cpu")


def digits(count: int = 60) -> Dataset:
    """Blurred spots of 28×28 in ten classes: images with flat ground and edges, as digits have them."""
    random = np.random.default_rng(3)
    rows, columns = np.mgrid[0:28, 0:28]
    middles = random.uniform(6, 22, (count, 2))
    images = 255 * np.exp(
        -(((rows - middles[:, :1, None]) ** 2 + (columns - middles[:, 1:, None]) ** 2) / 18)
    )
    return Dataset(
        images=images.astype(np.uint8),
        labels=(np.arange(count) % 10).astype(np.uint8),
        class_names=tuple("0123456789"),
        name="spots",
        format="npz",
        source="nowhere",
        fingerprint="0" * 32,
    )


def small(recipe: str, **values: float) -> RunConfig:
    """The recipe with small batches of two sizes.

    Not smaller: with three images batch normalisation divides by nearly nothing now and then, and rounding
    grows a million times as fast (measured in float64: 1e-3 after 20 steps, with six images 1e-13).
    """
    given = {"recipe": recipe, "precision": "fp32", "threads": 1, "d_batch": 4, "g_batch": 6}
    return combine({**given, **values})


def horizon(recipe: str) -> int:
    """Steps that are compared: 20; fewer of long ones whose networks ``balanced`` has, too."""
    return {"article": 5, "labelled": 8}.get(recipe, 20)


def prepared(name: str, config: RunConfig, dataset: Dataset) -> Peer:
    peer = PEERS[name]()
    source = EngineSource(config, pair_for(config, dataset), len(dataset.images), CPU)
    peer.prepare(config, dataset, CPU, 1, source)
    return peer


def apart(one: Losses, other: Losses) -> float:
    """Greatest relative difference of two steps' losses."""
    return max(abs(b / a - 1) for a, b in zip(one, other, strict=True))


@pytest.fixture(autouse=True)
def trained_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The article's generator takes the functions that train it for these small batches, too."""
    monkeypatch.setattr(article, "FEW", 1)


@pytest.fixture
def doubles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything in float64, our engine's networks, too: rounding is then far below any mistake."""

    def double_pair(config: RunConfig, dataset: Dataset) -> Pair:
        pair = pair_for(config, dataset)
        return replace(
            pair,
            generator=lambda classes: pair.generator(classes).double(),
            discriminator=lambda classes: pair.discriminator(classes).double(),
        )

    monkeypatch.setattr(ours_module, "pair_for", double_pair)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def test_plan_report_and_table_know_the_peers_and_the_recipes() -> None:
    assert {OURS, *RATIO_KEYS} == set(PEERS)
    assert {*EAGER, *COMPILING} == set(RATIO_KEYS) == set(HEADS)
    assert set(RATIO_KEYS.values()) <= set(Recipe.__struct_fields__)
    assert set(RECIPE_ORDER) == set(RECIPES)
    assert all(make().name == name for name, make in PEERS.items())


@pytest.mark.usefixtures("doubles")
@pytest.mark.parametrize("recipe", RECIPES)
def test_plain_is_the_same_training_to_rounding_in_float64(recipe: str) -> None:
    config, dataset = small(recipe), digits()
    ours, plain = (prepared(name, config, dataset) for name in (OURS, "plain"))
    for step in range(horizon(recipe)):
        first, second = ours.step(1), plain.step(1)
        # Rounding grows as the game swings: measured up to 1e-13 after 20 steps.
        assert apart(first, second) < 1e-7, step


@pytest.mark.parametrize("recipe", RECIPES)
def test_plain_has_the_same_losses_in_float32(recipe: str) -> None:
    """At the recipe's own rates for 3 steps, at low ones for longer.

    Adam divides by the gradient's own size, so that where a gradient is nearly nothing its rounding alone
    decides a whole step: at a recipe's own rates a difference of 1e-6 is one of 1e-5 to 3e-3 after 3 steps,
    and grows hundreds of times slower at rates of 1e-5. In float64 the own rates are held to 1e-7 for longer.
    """
    dataset = digits()
    slow = small(recipe, d_lr=1e-5, g_lr=1e-5)
    for config, steps, bound in ((small(recipe), 3, 1e-2), (slow, horizon(recipe), 2e-4)):
        ours, plain = (prepared(name, config, dataset) for name in (OURS, "plain"))
        differences = [apart(ours.step(1), plain.step(1)) for _ in range(steps)]
        assert differences[0] < 1e-5
        assert max(differences) < bound


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_loop_as_written_is_the_same_training_without_shared_fakes(recipe: str) -> None:
    config, dataset = small(recipe, share_fakes=False, d_lr=1e-5, g_lr=1e-5), digits()
    ours, written = (prepared(name, config, dataset) for name in (OURS, "as_written"))
    for _ in range(4):
        assert apart(ours.step(1), written.step(1)) < 1e-4


@pytest.mark.parametrize("ratio", [(2, 1), (1, 3)])
@pytest.mark.parametrize("share", [False, True])
def test_every_ratio_is_the_same_training(ratio: tuple[int, int], share: bool) -> None:
    config = small("swift", d_steps=ratio[0], g_steps=ratio[1], share_fakes=share, d_lr=1e-5, g_lr=1e-5)
    ours, plain = (prepared(name, config, digits()) for name in (OURS, "plain"))
    for _ in range(3):
        assert apart(ours.step(1), plain.step(1)) < 1e-5


@pytest.mark.parametrize("recipe", RECIPES)
def test_jax_is_the_same_training(recipe: str) -> None:
    pytest.importorskip("jax")
    config, dataset = small(recipe, d_lr=1e-5, g_lr=1e-5), digits()
    ours, theirs = (prepared(name, config, dataset) for name in (OURS, "jax_scan"))
    for _ in range(4):
        assert apart(ours.step(1), theirs.step(1)) < 1e-4


@pytest.mark.parametrize("ratio", [(3, 1), (1, 2)])
@pytest.mark.parametrize("share", [False, True])
def test_jax_is_the_same_training_at_every_ratio(ratio: tuple[int, int], share: bool) -> None:
    pytest.importorskip("jax")
    config = small("swift", d_steps=ratio[0], g_steps=ratio[1], share_fakes=share, d_lr=1e-5, g_lr=1e-5)
    ours, theirs = (prepared(name, config, digits()) for name in (OURS, "jax_scan"))
    for _ in range(2):
        assert apart(ours.step(1), theirs.step(1)) < 1e-4


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_scan_on_processors_is_no_longer_than_its_work(recipe: str) -> None:
    config, dataset = combine({"recipe": recipe}), digits()
    step = of_step(config, pair_for(config, dataset), "written").totals().multiply_adds
    block = block_of(config, dataset, CPU)
    assert 1 <= block <= MOST_UNROLLED
    assert block == 1 or block * step <= BLOCK_WORK
    assert block == MOST_UNROLLED or 2 * block * step > BLOCK_WORK
    assert block_of(config, dataset, torch.device("cuda")) == MOST_STEPS


@pytest.mark.parametrize("name", ["plain", "as_written", "as_written_with_data", "jax_scan"])
def test_a_peer_learns_from_its_own_data(name: str) -> None:
    if name == "jax_scan":
        pytest.importorskip("jax")
    peer = PEERS[name]()
    # A generator that learns in earnest would raise D's loss again.
    peer.prepare(small("swift", g_lr=1e-6, d_lr=1e-3), digits(), CPU, 1)
    first = [peer.step(peer.block) for _ in range(2)]
    for _ in range(8):
        last = peer.step(max(4, peer.block))
    peer.close()
    assert all(0 < loss < 20 for losses in [*first, last] for loss in losses)
    # Spots are told from noise within 40 steps.
    assert last.d_real + last.d_fake < first[0].d_real + first[0].d_fake


def test_a_matlab_file_holds_every_image_in_its_class(tmp_path: Path) -> None:
    dataset = digits(35)
    write_mat(tmp_path / "data.mat", dataset)
    found = loadmat(tmp_path / "data.mat")
    for label in range(10):
        np.testing.assert_array_equal(
            found[f"train{label}"], dataset.images[dataset.labels == label].reshape(-1, 28 * 28)
        )


def test_the_loop_with_data_leaves_no_file_behind() -> None:
    peer = AsWrittenWithData()
    peer.prepare(small("swift"), digits(), CPU, 1)
    path = peer._path
    peer.step(1)
    assert path.is_file()
    peer.close()
    assert not path.exists()
    assert not path.parent.exists()


def test_plain_takes_batches_larger_than_the_data() -> None:
    peer = PEERS["plain"]()
    peer.prepare(small("swift", d_batch=32, g_batch=32), digits(20), CPU, 1)
    assert peer.step(2).d_real > 0


def test_the_data_set_as_a_file_lies_in_the_folder_that_vanishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    peer = PEERS["as_written"]()
    peer.prepare(small("swift"), digits(), CPU, 1)
    assert list(tmp_path.rglob("data.mat"))
    peer.close()
    assert not list(tmp_path.iterdir())
