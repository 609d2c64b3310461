"""From messages to the object and the tables."""

import json
from itertools import pairwise

import msgspec
import pytest

from gan_tui.bench.compare import OurFigures, PeerFigures
from gan_tui.bench.messages import Compared, Looked, Measured, Said, Skipped
from gan_tui.bench.plan import QUICK_SECONDS, RATIO_KEYS, RATIOS, RECIPE_ORDER, Options, make_plan
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
        limit={"seconds": 0.005},
    )


def collected() -> Report:
    collector = Collector(["article", "swift"])
    for message in (
        Said("x"),
        Looked({"processor": "a processor", "cores": 2, "torch": "2.13", "load": 0.5, "gpu": None}),
        compared(0, "article", 99, plain=9.0),
        compared(0, "article", 10, plain=4.0, as_written=12.3456),
        compared(3, "article", 12, jax_scan=150.0),
        compared(5, "article", 20, (5, 1), plain=2.0),
        Skipped("article: compiled", "torch.compile needs a C++ compiler, and there is none"),
        Measured("viewer", "swift", {"throughput_ratio": {"median": 0.97}}),
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
    assert article["ratio_as_written"] == 12.3456
    assert article["ratio_plain"] == 4
    assert article["ratio_jax"] == 150
    assert article["ratio_as_written_with_data"] is None
    assert article["ratio_compile"] is None
    assert article["by_ratio"]["5:1"]["ratio_plain"] == 2
    assert article["by_ratio"]["5:1"]["limit_share"] == 0.25
    swift = found["recipes"]["swift"]
    assert all(swift[key] is None for key in ("step_ms", "limit_share", *RATIO_KEYS.values()))
    assert swift["viewer"]["throughput_ratio"]["median"] == 0.97
    assert found["skipped"] == [
        {"what": "article: compiled", "why": "torch.compile needs a C++ compiler, and there is none"}
    ]
    assert found["made"]["command"] == "gan-tui bench"


@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_table_fits_and_says_it(ascii_only: bool) -> None:
    text = render(collected(), ascii_only)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.isascii() or not ascii_only
    cross = "x" if ascii_only else "×"
    row = next(line for line in text.splitlines() if "article" in line and "1:2" in line)
    for part in ("11.0", "45%", f"12.3 {cross}", f"4.0 {cross}", f"150 {cross}", "-"):
        assert part in row
    assert "not measured: article: compiled: torch.compile needs" in text
    assert "97%" in text
    assert "compiled" in text


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
    # What may hang in a compiler comes when everything else is done.
    compiling = ["compiled" in task.peers or "jax_scan" in task.peers for task in plan]
    assert all(later >= earlier for earlier, later in pairwise(compiling))


def test_a_full_plan_has_everybody_side_by_side_and_every_ratio() -> None:
    plan = make_plan(Options(recipes=("swift",)))
    assert set(plan[0].peers) == set(RATIO_KEYS)
    assert {task.ratio for task in plan if task.ratio} == set(RATIOS)
    assert {task.kind for task in plan} == {"compare", "batch", "data", "start", "viewer"}
    assert {task.kind for task in make_plan(Options(recipes=("swift",), extras=False))} == {"compare"}
    assert not any(task.ratio for task in make_plan(Options(recipes=("swift",), sweep=False)))


def test_only_the_peers_that_were_asked_for_take_part() -> None:
    for quick in (True, False):
        plan = make_plan(Options(quick=quick, peers=("plain",)))
        assert {peer for task in plan for peer in task.peers} == {"plain"}
