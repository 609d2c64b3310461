"""From messages to the object and the tables."""

import json
from itertools import pairwise

import msgspec
import pytest

from gan_tui.bench import viewing
from gan_tui.bench.commit import Commit
from gan_tui.bench.compare import PATIENCE, OurFigures, PeerFigures
from gan_tui.bench.messages import Compared, Looked, Measured, Said, Skipped
from gan_tui.bench.plan import FULL_LIMIT, QUICK_SECONDS, RATIO_KEYS, RATIOS, RECIPE_ORDER, Options, make_plan
from gan_tui.bench.report import Collector, Report
from gan_tui.bench.table import WIDTH, render


def ours(step_ms: float) -> OurFigures:
    return OurFigures(
        step_ms=step_ms, least_ms=step_ms, most_ms=step_ms, processor_ms=step_ms, turns=3, first_seconds=1
    )


def theirs(ratio: float) -> PeerFigures:
    return PeerFigures(
        ratio=ratio,
        ratio_low=ratio - 0.1,
        ratio_high=ratio + 0.1,
        ratio_processor=ratio,
        step_ms=10 * ratio,
        first_seconds=2,
        rounds=3,
        steps=4,
        block=2,
        threads=2,
    )


def compared(
    index: int, recipe: str, step_ms: float, ratio: tuple[int, int] | None = None, **peers: float
) -> Compared:
    return Compared(
        index=index,
        recipe=recipe,
        ratio=ratio or (1, 2),
        own_ratio=ratio is None,
        d_batch=16,
        g_batch=256,
        networks="article",
        precision="fp32",
        threads=1,
        ours=ours(step_ms),
        peers={name: theirs(value) for name, value in peers.items()},
        limit={"seconds": 0.005, "float32_seconds": 0.009, "rates": {"device": "cpu", "threads": 8}},
    )


def spread(median: float) -> dict[str, float]:
    return {"median": median, "min": median - 0.03, "max": median + 0.02, "n": 6}


START = {
    "first_step_seconds": spread(6.1),
    "first_picture_seconds": spread(3.3),
    "own_picture_seconds": spread(7.7),
    "peak_bytes": spread(600 << 20),
}
BATCHES = [
    {
        "batch": 16,
        "steps": 50,
        "step_seconds": 0.01,
        "microseconds_per_image": 200.0,
        "peak_bytes": 3 << 20,
        "left_out": "",
    },
    {
        "batch": 64,
        "steps": 7,
        "step_seconds": 0.02,
        "microseconds_per_image": 100.0,
        "peak_bytes": 5 << 20,
        "left_out": "",
    },
    {
        "batch": 4096,
        "steps": 0,
        "step_seconds": None,
        "microseconds_per_image": None,
        "peak_bytes": None,
        "left_out": "a step would take about 100.0 s",
    },
]
SIZES = [
    {
        "images": 1_000_000,
        "ready_seconds": 1.5,
        "step_seconds": 0.02,
        "order_seconds": 0.012,
        "peak_bytes": 7 << 20,
        "left_out": "",
    }
]


def collected() -> Report:
    collector = Collector(["article", "swift"], Commit("c0ffee", changed=True))
    for message in (
        Said("x"),
        Looked({"processor": "a processor", "cores": 2, "torch": "2.13", "load": 0.5, "gpu": None}),
        compared(0, "article", 99, plain=9.0),
        compared(0, "article", 10, plain=4.0, as_written=12.3456),
        compared(3, "article", 12, jax_scan=150.0),
        compared(5, "article", 20, (5, 1), plain=2.0),
        *[Skipped("compiled", "torch.compile needs a C++ compiler, and there is none")] * 6,
        Measured("viewer", "swift", {"throughput_ratio": spread(0.97)}),
        Measured("start", "article", START),
        Measured("batch", "article", {"rows": BATCHES}),
        Measured("data", "swift", {"rows": SIZES}),
    ):
        collector.take(message)
    return collector.report("gan-tui bench", 12.34)


def test_the_object_has_the_promised_keys() -> None:
    found = json.loads(msgspec.json.encode(collected()))
    assert set(found) == {"machine", "recipes", "skipped", "made"}
    assert found["machine"]["cores"] == 2
    article = found["recipes"]["article"]
    assert article["step_ms"] == 11
    assert article["limit_share"] == pytest.approx(5 / 11)
    assert article["limit_share_float32"] == pytest.approx(9 / 11)
    assert article["ratio_as_written"] == 12.3456
    assert article["ratio_plain"] == 4
    assert article["ratio_jax"] == 150
    assert article["ratio_as_written_with_data"] is None
    assert article["ratio_compile"] is None
    assert article["limit_threads"] == 8
    assert list(article["by_ratio"]) == ["1:2", "5:1"]
    assert article["by_ratio"]["5:1"]["ratio_plain"] == 2
    assert article["by_ratio"]["5:1"]["limit_share"] == 0.25
    assert article["by_ratio"]["5:1"]["rounds"] == 3
    # At its own D:G the recipe's own comparisons are the sweep's.
    assert article["by_ratio"]["1:2"]["step_ms"] == 11
    assert [article["by_ratio"]["1:2"][key] for key in ("ratio_plain", "ratio_jax")] == [4, 150]
    assert found["recipes"]["swift"]["by_ratio"] == {}
    swift = found["recipes"]["swift"]
    assert all(swift[key] is None for key in ("step_ms", "limit_share", *RATIO_KEYS.values()))
    assert swift["viewer"]["throughput_ratio"]["median"] == 0.97
    assert found["skipped"] == [
        {"what": "compiled", "why": "torch.compile needs a C++ compiler, and there is none"}
    ]
    made = found["made"]
    assert (made["command"], made["commit"], made["changed"]) == ("gan-tui bench", "c0ffee", True)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_table_fits_and_says_it(ascii_only: bool) -> None:
    text = render(collected(), ascii_only)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.isascii() or not ascii_only
    cross = "x" if ascii_only else "×"
    flat = " ".join(text.split())
    assert "on 8 threads" in flat
    assert "scans of steps: article 2 in each. Ratios are medians of 3 turns." in flat
    row = next(line for line in text.splitlines() if "article" in line and "1:2" in line)
    for part in ("11.0", "45%", f"12.3 {cross}", f"4.0 {cross}", f"150 {cross}", "-"):
        assert part in row
    assert text.count("not measured: compiled: torch.compile needs") == 1
    for words in (
        "steps with a viewer / without (94% to 99%, 6 rounds) 97%",
        "the first picture that it learned 7.7",
        "peak MiB of the trainer 600",
        f"article 64 7 20.0 0.5 {cross} 5",
        f"swift 1,000,000 1.5 20.0 1.0 {cross} 12.0 7",
        "not measured: article: batches of 4,096: a step would take about 100.0 s",
    ):
        assert words in flat


def test_a_coarser_arithmetic_is_named_with_its_share_of_float32_s_limit() -> None:
    assert "float32" not in render(collected(), ascii_only=True)
    collector = Collector(["article"])
    coarse = msgspec.structs.replace(compared(0, "article", 10, plain=4.0), precision="bf16")
    collector.take(coarse)
    flat = " ".join(render(collector.report("gan-tui bench", 1), ascii_only=True).split())
    assert "Of the limit that float32 would have: article (bf16) 90%." in flat


def test_a_report_without_anything_is_a_table_of_dashes() -> None:
    text = render(Collector(RECIPE_ORDER).report("gan-tui bench", 1), True)
    for recipe in RECIPE_ORDER:
        assert any(recipe in line and "-" in line for line in text.splitlines())


def test_a_quick_plan_has_the_most_important_first() -> None:
    plan = make_plan(Options(quick=True, recipes=tuple(reversed(RECIPE_ORDER))))
    assert [task.recipe for task in plan[:4]] == list(RECIPE_ORDER)
    assert plan[0].peers == ("plain", "as_written", "as_written_with_data")
    assert {peer for task in plan for peer in task.peers} == set(RATIO_KEYS)
    assert all(task.kind == "compare" and task.ratio is None and task.limit <= QUICK_SECONDS for task in plan)
    # What may hang in a compiler comes when everything else is done; the article's first.
    compiling = ["compiled" in task.peers or "jax_scan" in task.peers for task in plan]
    assert all(later >= earlier for earlier, later in pairwise(compiling))
    late = [(task.recipe, *task.peers) for task in plan[4:7]]
    assert late == [("swift", "jax_scan"), ("article", "jax_scan"), ("article", "compiled")]


def test_a_full_plan_has_everybody_side_by_side_and_every_ratio() -> None:
    plan = make_plan(Options(recipes=("swift",)))
    assert set(plan[0].peers) == set(RATIO_KEYS)
    sweep = [task for task in plan if task.ratio]
    assert {task.ratio for task in sweep} == set(RATIOS) - {(1, 1)}, "its own is measured anyway"
    assert all(set(task.peers) == set(RATIO_KEYS) for task in sweep)
    assert {task.kind for task in plan} == {"compare", "batch", "data", "start", "viewer"}
    assert {task.kind for task in make_plan(Options(recipes=("swift",), extras=False))} == {"compare"}
    assert not any(task.ratio for task in make_plan(Options(recipes=("swift",), sweep=False)))


def test_the_sweep_leaves_out_the_ratio_that_was_asked_for() -> None:
    plan = make_plan(Options(recipes=("article",), values={"d_steps": 5, "g_steps": 1}))
    assert {task.ratio for task in plan if task.ratio} == set(RATIOS) - {(5, 1)}


@pytest.mark.parametrize(
    ("recipes", "watched"),
    [(RECIPE_ORDER, "swift"), (("article", "labelled"), "labelled"), (("article",), "article")],
)
def test_the_viewer_s_cost_is_measured_once_and_long_enough(recipes: tuple[str, ...], watched: str) -> None:
    for seconds in (0.5, 60.0):
        plan = make_plan(Options(recipes=recipes, seconds=seconds))
        (task,) = (task for task in plan if task.kind == "viewer")
        assert task.recipe == watched
        found = viewing.Plan.within(task.budget)
        assert (found.rounds, found.seconds) == (6, viewing.SECONDS)


def test_only_the_peers_that_were_asked_for_take_part() -> None:
    for quick in (True, False):
        plan = make_plan(Options(quick=quick, peers=("plain",)))
        assert {peer for task in plan for peer in task.peers} == {"plain"}


@pytest.mark.parametrize("seconds", [60.0, 1800.0])
def test_the_least_rounds_of_a_full_plan_fit_its_limits(seconds: float) -> None:
    """However long a comparison may take, its limit ends what hangs, not what was asked for."""
    plan = make_plan(Options(recipes=("swift",), seconds=seconds))
    assert all(task.limit - PATIENCE * task.budget >= FULL_LIMIT for task in plan if task.kind != "viewer")
