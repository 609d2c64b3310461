import pytest

from gan_tui.viewer.parameters import PARAMETERS
from gan_tui.viewer.widgets.steer import rows, track
from tests.viewer import fixtures
from tests.viewer.fixtures import report, status, training, view
from tests.viewer.widgets.drawn import rows_of, styled, text_of


def test_steer() -> None:
    assert text_of("steer", training(), view()) == [
        "── 3 STEER ────────── ↑↓ choose  ←→ change",
        " D steps         1  ●·········      d+ D-",
        "▌G steps         1  ●·········      g+ G-",
        " D lr       2.0e-4  ──────●────────",
        " G lr       5.0e-4  ────────●──────",
        " EMA         0.995  ────────●──────",
        " samples/s       2  ●●········",
    ]


def test_steer_in_ascii() -> None:
    assert text_of("steer", training(), view("ascii"))[:4] == [
        "-- 3 STEER ----------- up down  left right",
        " D steps         1  #.........      d+ D-",
        ">G steps         1  #.........      g+ G-",
        " D lr       2.0e-4  ------#--------",
    ]


def test_what_differs_from_the_recipe_and_what_is_pending() -> None:
    snapshot = training(status=status(d_steps=3, g_lr=2e-3), pending=frozenset({"g_lr", "ema"}))
    lines = text_of("steer", snapshot, view())
    assert lines[0].endswith(" 2 changed")
    assert lines[1].startswith(" D steps         3* ●●●·······")
    assert lines[4].startswith(" G lr       2.0e-3… ")
    assert lines[5].startswith(" EMA         0.995… ")
    assert lines[2].startswith("▌G steps         1  ")


def test_the_chosen_row_is_filled_and_no_other() -> None:
    options = view(chosen=4)
    style = options.look.style
    pane = rows_of("steer", training(), options, (120, 40))
    grounds = [{s.style.bgcolor for s in row if s.style} for row in pane]
    chosen = style("text", "select").bgcolor
    assert grounds[5] == {chosen}
    assert all(chosen not in g for i, g in enumerate(grounds) if i != 5)


def test_asleep_without_a_trainer() -> None:
    options = view()
    pane = rows_of("steer", fixtures.died(), options, (120, 40))
    assert text_of("steer", fixtures.died(), options)[0].endswith(" no trainer to steer")
    assert options.look.style("text", "select").bgcolor not in {
        s.style.bgcolor for r in pane for s in r if s.style
    }
    assert styled(pane, "D steps") == [options.look.style("dim")]


@pytest.mark.parametrize("cells", [28, 29, 33, 38, 42, 72, 118])
def test_the_track_is_where_it_is_drawn(cells: int) -> None:
    lines = ["".join(s.text for s in row) for row in rows(training(), view(), cells, 7)]
    for parameter, line in zip(PARAMETERS, lines[1:], strict=True):
        x, size = track(parameter, cells)
        marks = "●·" if parameter.form == "count" else "●─"
        assert set(line[x : x + size]) <= set(marks)
        assert line[x - 1] == " "
        assert line[x + size : x + size + 1] in ("", " ")


def test_digits_seen() -> None:
    assert text_of("digits", training(), view()) == [
        "── 4 DIGITS SEEN ──────── 10 of 10  in 500",
        "    ▅▅▅                             ███",
        "▄▄▄ ███ ▁▁▁ ▁▁▁ ▁▁▁ ▄▄▄     ▄▄▄     ███",
        "███ ███ ███ ███ ███ ███ ▆▆▆ ███ ▆▆▆ ███",
        " 0   1   2   3   4   5   6   7   8   9",
        "readable  80%   distance    18  (real 5)",
    ]
    assert text_of("digits", training(), view(), (60, 50))[0].endswith(" 10/10")
    assert text_of("digits", training(), view(), (60, 50))[-1] == "readable  80% dist    18"
    assert text_of("digits", training(), view(), (80, 24))[-1] == "0  1  2  3  4  5  6  7  8  9"


def test_a_missing_digit_is_an_alarm() -> None:
    options = view()
    seen = rows_of("digits", fixtures.collapsed(), options, (120, 40))
    alarm = options.look.style("bg", "alarm", bold=True)
    missing = {s.text.strip() for row in seen for s in row if s.style == alarm}
    assert missing == set("0235689")
    assert styled(seen, "3 of 10") == [options.look.style("alarm", bold=True)]


def test_bars_reach_twenty_percent_or_the_largest_rounded_up() -> None:
    tall = report((0.95, *[0.05 / 9] * 9))
    lines = text_of("digits", training(report=tall), view())
    assert lines[1].startswith("▇▇▇") or lines[1].startswith("███")
    even = report((0.1,) * 10)
    lines = text_of("digits", training(report=even), view())
    assert lines[1].strip() == ""
    assert lines[2] == " ".join(["▄▄▄"] * 10)
    assert text_of("digits", training(report=report((0.2, *[0.8 / 9] * 9))), view())[1] == "███"


def test_other_data_has_other_names() -> None:
    fashion = status(class_names=("T-shirt", "Trouser", "Pullover", *"abcdefg"))
    lines = text_of("digits", training(status=fashion), view())
    assert lines[0].startswith("── 4 CLASSES SEEN ")
    assert lines[4].startswith("T-s Tro Pul  a")
    letters = status(class_names=tuple(chr(97 + i) for i in range(26)))
    many = training(status=letters, report=report((1 / 26,) * 26))
    assert text_of("digits", many, view())[4] == "abcdefghijklmnopqrstuvwxyz"


def test_no_report_yet() -> None:
    lines = text_of("digits", training(report=None), view())
    assert lines == [
        "── 4 DIGITS SEEN ─────────────────────────",
        "",
        " which of the ten digits G can draw",
    ]
