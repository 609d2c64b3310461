from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gan_tui.link.messages import Moments
from gan_tui.viewer.snapshot import Series, Snapshot
from gan_tui.viewer.widgets.axes import YAxis
from gan_tui.viewer.widgets.losses import rows
from gan_tui.viewer.widgets.rows import Row, plain
from tests.viewer import fixtures
from tests.viewer.fixtures import replace_telemetry, series, telemetry, training, view
from tests.viewer.widgets.drawn import styled, text_of


def steady(d_real: float = 0.6, d_fake: float = 0.65, g: float = 0.9, steps: int = 1200) -> Series:
    """Losses that never change."""
    step = np.arange(1, steps + 1, dtype=np.float64)
    constant = [np.full(steps, v, np.float32) for v in (d_real, d_fake, g, 0.56, 0.45)]
    return Series(step, step / 13, *constant)


def drawn(
    snapshot: Snapshot, look: str = "dark", size: tuple[int, int] = (74, 11), **options: Any
) -> list[Row]:
    return rows(snapshot, view(look, **options), *size, YAxis(lambda: 0.0))


def texts(*args: Any, **options: Any) -> list[str]:
    return [plain(row) for row in drawn(*args, **options)]


def ends(lines: list[str]) -> list[str]:
    return [line[-7:] for line in lines if line[-7:-5] in {"R ", "F ", "G "}]


def test_the_chart_with_letters() -> None:
    lines = [line.rstrip() for line in texts(training(series=steady()), "ascii")]
    assert lines == [
        "-- 5 LOSSES -------------------------------- r D on real  f D on fake  g G",
        "1.00+                         :           :",
        "    |gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg  G 0.900",
        "    |                         :           :",
        "0.80+                         :           :",
        "    |                         :           :",
        "    |ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff  F 0.650",
        "0.60+rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr  R 0.600",
        "    |                         :           :",
        "    ++------------------------^-----------^-----------+----------",
        "     0                      G 1>2       undo        1,000            steps",
    ]


def test_the_last_row_names_steps_and_interventions() -> None:
    lines = texts(training())
    assert lines[-1].split() == ["0", "G", "1→2", "undo", "1,000", "steps"]
    assert lines[-2].count("▲") == 2
    for name in ("G 1→2", "undo"):
        at = lines[-1].index(name)
        assert "▲" in lines[-2][at : at + len(name)]


def test_tick_labels_give_way_to_interventions_and_none_touch() -> None:
    marks = tuple((step, f"G {step % 7}→2") for step in range(30, 1200, 37))
    (*_, last) = texts(training(series=steady(), marks=marks))
    words = [w for w in last.split("  ") if w.strip()]
    assert last.rstrip().endswith("steps")
    assert all("→" in w or w.strip().replace(",", "").isdigit() or w.strip() == "steps" for w in words)
    # The newest intervention that has room keeps its name.
    assert f"G {marks[-1][0] % 7}→2" in last


def test_names_are_left_out_where_there_is_little_room() -> None:
    last = texts(training(), size=(59, 12))[-1]
    assert "undo" not in last
    assert "▲" in texts(training(), size=(59, 12))[-2]


def test_each_line_ends_in_its_value_sorted_and_apart() -> None:
    assert ends(texts(training(series=steady()))) == ["G 0.900", "F 0.650", "R 0.600"]
    assert ends(texts(training(series=steady(0.6, 0.6, 0.6)))) != []
    for values in ((0.6, 0.6, 0.6), (0.601, 0.6, 0.602), (0.01, 0.01, 3.0), (5.0, 5.0, 0.1)):
        lines = texts(training(series=steady(*values)))
        named = {line[-7]: float(line[-5:]) for line in lines if line[-7:-5] in {"R ", "F ", "G "}}
        assert len(named) == 3
        assert list(named.values()) == sorted(named.values(), reverse=True)


def test_the_axis_contains_every_line_and_value() -> None:
    peak = steady()
    g = peak.g.copy()
    g[500:560] = 4.2
    lines = texts(training(series=replace(peak, g=g)), "ascii")
    body = lines[1:9]
    assert any("g" in line[5:65] for line in body[:2])
    assert float(body[0][:4].strip() or 9) >= 4 or float(body[1][:4].strip() or 9) >= 4


HOLES: dict[str, Callable[[Series], Series]] = {
    "nan here and there": lambda s: replace(s, g=np.where(np.arange(len(s)) % 3, s.g, np.nan)),
    "no G at all": lambda s: replace(s, g=np.full(len(s), np.nan, np.float32)),
    "nothing at all": lambda s: replace(
        s, **{f: np.full(len(s), np.nan, np.float32) for f in ("g", "d_real", "d_fake")}
    ),
    "infinite": lambda s: replace(s, g=np.where(np.arange(len(s)) > len(s) - 9, np.inf, s.g)),
    "one tick": lambda s: Series(*(v[:1] for v in vars(s).values())),
    "two ticks": lambda s: Series(*(v[:2] for v in vars(s).values())),
    "zeros": lambda s: replace(s, d_real=np.zeros(len(s), np.float32)),
    "huge": lambda s: replace(s, g=np.full(len(s), 1e30, np.float32)),
}


@pytest.mark.parametrize("holes", HOLES)
@pytest.mark.parametrize("log_scale", [False, True])
@pytest.mark.parametrize("smoothing", [False, True])
def test_whatever_the_losses_are(holes: str, log_scale: bool, smoothing: bool) -> None:
    snapshot = training(series=HOLES[holes](series()))
    for look in ("dark", "ascii"):
        for size, maximised in (((74, 11), None), ((118, 36), "losses"), ((44, 4), None)):
            lines = texts(snapshot, look, size, log_scale=log_scale, smoothing=smoothing, maximised=maximised)
            assert len(lines) <= size[1]
            assert all(len(line) <= size[0] for line in lines)


def test_losses_that_are_no_numbers_are_words_in_alarm() -> None:
    bad = Moments(count=1, mean=float("nan"), min=0.0, max=0.0)
    snapshot = training(telemetry=replace_telemetry(telemetry(), g=bad))
    alarm = view().look.style("bg", "alarm", bold=True)
    assert "G   nan" in ends(texts(snapshot))
    assert styled(drawn(snapshot), "G   nan") == [alarm]
    assert styled(drawn(snapshot, size=(44, 4)), "  nan") == [alarm]
    infinite = training(series=HOLES["infinite"](series()))
    assert ends(texts(infinite))[0] == "G   inf"


def test_log_scale_has_round_powers() -> None:
    lines = texts(training(series=steady(0.011, 0.1, 4.0)), "ascii", (118, 36), log_scale=True)
    labels = [line[:4].strip() for line in lines[1:-2] if line[4] == "+"]
    assert labels == ["5.00", "2.00", "1.00", "0.50", "0.20", "0.10", "0.05", "0.02", "0.01"]


def test_maximised_has_a_readout_and_the_raw_means() -> None:
    snapshot = training()
    options = {"size": (118, 36), "maximised": "losses"}
    lines = texts(snapshot, **options)
    assert lines[1].startswith("     step   1,223    D on real 0.6")
    assert "D's opinion  real .56  fake .45" in lines[1]
    raw = view().look.style("rule")
    dots = [
        s for row in drawn(snapshot, **options)[2:-2] for s in row[2:] if s.style == raw and s.text.strip()
    ]
    assert dots
    usual = [s for row in drawn(snapshot)[1:-2] for s in row[2:] if s.style == raw and s.text.strip()]
    assert not usual


def test_smoothing_can_be_switched_off() -> None:
    assert texts(training()) != texts(training(), smoothing=False)


def test_sparklines_where_there_is_little_room() -> None:
    lines = text_of("losses", training(series=steady()), view(), (80, 24))
    assert lines == [
        "── 5 LOSSES ───────────────── last 600 steps",
        "D real ▁▁▁▁▁▁▁▁▁▁▁▁ 0.600   0.600..0.600",
        "D fake ▁▁▁▁▁▁▁▁▁▁▁▁ 0.650   0.650..0.650",
        "G      ▁▁▁▁▁▁▁▁▁▁▁▁ 0.900   0.900..0.900",
    ]


def test_sparklines_show_the_last_600_steps() -> None:
    jump = steady()
    g = jump.g.copy()
    g[:590] = 9.0
    assert "9.000" not in text_of("losses", training(series=replace(jump, g=g)), view(), (80, 24))[3]


@pytest.mark.parametrize(("steps", "note"), [(1, "1 step"), (30, "last 30 steps"), (600, "last 600 steps")])
def test_sparklines_tell_how_many_steps_they_show(steps: int, note: str) -> None:
    title = text_of("losses", training(series=steady(steps=steps)), view(), (80, 24))[0]
    assert title.endswith(f"── {note}")


def test_a_resumed_run_begins_where_its_history_does() -> None:
    late = steady()
    late = replace(late, step=late.step + 50_000)
    last = texts(training(series=late, marks=()))[-1]
    assert "0 " not in last[:6]
    assert "50,500" in last or "51,000" in last


def test_before_the_first_step() -> None:
    lines = text_of("losses", fixtures.starting(), view())
    assert lines[5].strip() == "losses appear with the first steps"
    assert lines[0] == "── 5 LOSSES ──────────────────────────────────────────────────────────────"
