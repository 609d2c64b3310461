from dataclasses import replace

import numpy as np
import pytest

from gan_tui.viewer.snapshot import Series, Snapshot
from gan_tui.viewer.widgets.game import Game, _moments, rows
from gan_tui.viewer.widgets.rows import plain
from tests.viewer import fixtures
from tests.viewer.fixtures import replace_telemetry, series, status, telemetry, training, view
from tests.viewer.widgets.drawn import rows_of, styled, text_of


def still(fake: float, real: float, seconds: int = 40) -> Snapshot:
    """A run in which D's opinions never changed."""
    time = np.arange(seconds * 10, dtype=np.float64) / 10
    n = len(time)
    constant = [np.full(n, v, np.float32) for v in (0.6, 0.6, 0.9, real, fake)]
    return training(series=Series(time * 13, time, *constant))


def test_standard() -> None:
    lines = text_of("game", still(0.45, 0.56), view())
    assert lines[0] == "── 2 THE GAME ────────────────── D ● : G ●"
    assert lines[1] == "           fake .45    real .56"
    assert lines[2] == "                  F━━━━R"
    assert lines[6] == "0 fake         D unsure .5          real 1"
    assert lines[7] == "D's lead   +.11   in play"
    assert lines[8] == "D is right  61% of real   66% of fakes"
    assert len(lines) == 9


def test_compact() -> None:
    lines = text_of("game", still(0.45, 0.56), view(), (80, 24))
    assert len(lines) == 5
    assert lines[4] == "0 fake          .5         real 1"


def test_the_trail_is_where_the_opinions_were() -> None:
    for look, letters in (("dark", False), ("ascii", True)):
        lines = text_of("game", still(0.2, 0.8), view(look))
        rope = lines[2]
        for line in lines[3:6]:
            marks = [i for i, c in enumerate(line) if c not in " │:|"]
            assert marks == [rope.index("F"), rope.index("R")]
            if letters:
                assert [line[i] for i in marks] == ["f", "r"]
            else:
                assert all(0x2800 < ord(line[i]) <= 0x28FF for i in marks)


def test_the_older_half_is_dimmed() -> None:
    options = view()
    pane = rows_of("game", still(0.2, 0.8), options, (120, 40))
    inks = [{s.style for s in row if s.text.strip(" │")} for row in pane[3:6]]
    style = options.look.style
    assert inks[0] == inks[1] == {style("G", "band"), style("real", "band")}
    assert inks[2] == {style("faint", "band"), style("dim", "band")}


@pytest.mark.parametrize(
    ("fake", "real", "says"),
    [
        (0.5, 0.52, "+.02   G fools D"),
        (0.04, 0.97, "+.93    D sees through G"),
        (0.6, 0.5, "-.10   G fools D"),
    ],
)
def test_who_leads(fake: float, real: float, says: str) -> None:
    assert text_of("game", still(fake, real), view())[7] == f"D's lead   {says}"


def test_seen_through_stands_out_and_play_does_not() -> None:
    options = view()
    loud = rows_of("game", still(0.04, 0.97), options, (120, 40))
    assert styled(loud, "sees through") == [options.look.style("bg", "text", bold=True)]
    calm = rows_of("game", still(0.45, 0.56), options, (120, 40))
    assert styled(calm, "in play") == [options.look.style("text")]


@pytest.mark.parametrize(("fake", "real"), [(0.0, 1.0), (0.0, 0.0), (1.0, 1.0), (0.5, 0.5), (1.0, 0.0)])
def test_labels_and_marks_stay_inside(fake: float, real: float) -> None:
    for size in ((120, 40), (80, 24), (60, 50), (60, 20), (200, 60)):
        lines = text_of("game", still(fake, real), view("ascii"), size)
        assert "fake " in lines[1]
        assert "real " in lines[1]
        assert "R" in lines[2]
        assert len(lines[1].split("real")[0].rstrip()) + 2 <= lines[1].index("real")


def test_many_steps_are_digits() -> None:
    many = training(status=status(d_steps=8, g_steps=1))
    assert text_of("game", many, view())[0].endswith(" D 8 : G 1")
    few = training(status=status(d_steps=7, g_steps=1))
    assert text_of("game", few, view())[0].endswith(" D ●●●●●●● : G ●")


def test_the_band_is_marks_where_it_cannot_be_a_ground() -> None:
    assert "░" in text_of("game", still(0.45, 0.56), view("16"))[2]
    assert "::::" in text_of("game", still(0.45, 0.56), view("ascii mono"))[2]
    options = view()
    assert options.look.style("rule", "band") in {
        s.style for s in rows_of("game", still(0.45, 0.56), options, (120, 40))[3]
    }


def test_missing_opinions_leave_gaps_and_no_error() -> None:
    holes = series()
    gone = np.full(len(holes), np.nan, np.float32)
    lines = text_of("game", training(series=replace(holes, opinion_fake=gone)), view())
    assert "fake .45" in lines[1]  # the telemetry's own
    nothing = replace(holes, opinion_fake=gone, opinion_real=gone)
    silent = replace_telemetry(telemetry(), opinion_real=None, opinion_fake=None, right_real=None)
    lines = text_of("game", training(series=nothing, telemetry=silent), view())
    assert lines[2] == " D tells real digits from fakes."
    assert "nan" in text_of("game", training(telemetry=silent), view())[8]


def test_shares_are_means_of_the_ticks_shown() -> None:
    pane = Game()
    for seq, share in enumerate((0.2, 0.4, 0.6), 1):
        tick = replace_telemetry(telemetry(), seq=seq, right_real=share, right_fake=1 - share)
        pane.show(training(telemetry=tick), view())
        pane.show(training(telemetry=tick), view())  # the same tick counts once
    assert plain(pane.rows(training(), view(), 42, 9)[8]).startswith("D is right  40% of real   60% of fakes")


def test_a_slow_run_has_a_trail_without_holes() -> None:
    slow = still(0.45, 0.56, 40)
    stretched = replace(slow.series, time=slow.series.time * 30)
    lines = [plain(row) for row in rows(replace(slow, series=stretched), view("ascii"), 42, 9)]
    assert all("f" in line and "r" in line for line in lines[3:6])


def test_before_the_first_step() -> None:
    lines = text_of("game", fixtures.starting(), view())
    assert lines[2:5] == [
        " D tells real digits from fakes.",
        " G draws fakes and wants them taken",
        " for real. Here you see who leads.",
    ]


def test_old_dots_stay_where_they_are() -> None:
    before = series(1200)
    time = np.arange(1200, dtype=np.float64) / 12
    before = replace(before, time=time)
    one_second_ago = Series(*(v[:-12] for v in vars(before).values()))
    now, then = _moments(before, 24), _moments(one_second_ago, 24)
    assert now[2:] == then[1:-1]
    assert all(np.isfinite(now).ravel())
