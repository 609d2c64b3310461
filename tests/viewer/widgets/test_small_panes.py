"""EVENTS, SPEED, STARTING, TRAINER DIED and the screen that is too small."""

from dataclasses import replace

import numpy as np
import pytest

from gan_tui.link.messages import Stage
from gan_tui.viewer.snapshot import Rates
from gan_tui.viewer.widgets.speed import figures, minute
from tests.viewer import fixtures
from tests.viewer.fixtures import died, event, training, view
from tests.viewer.widgets.drawn import rows_of, styled, text_of


def test_events_are_newest_first_in_their_players_colour() -> None:
    options = view()
    assert text_of("events", training(), options) == [
        "── 7 EVENTS ───────────────── newest first",
        "   1,150 auto  saved step-001150",
        "     758 you   undo: G steps 2 → 1",
        "     505 you   G steps 1 → 2",
        "     397 judge first 10 of 10 digits",
    ]
    rows = rows_of("events", training(), options, (120, 40))
    assert styled(rows, "undo") == [options.look.style("G")]
    alarm = rows_of("events", died(), options, (120, 40))
    assert styled(alarm, "killed") == [options.look.style("alarm")]


def test_events_past_a_million_steps_shift_together() -> None:
    events = (event(1, 999_000, "auto", "a"), event(2, 1_000_200, "auto", "b"))
    assert text_of("events", training(events=events), view())[1:] == [
        "1,000,200 auto  b",
        "  999,000 auto  a",
    ]


def test_speed_as_the_machine_has_it() -> None:
    lines = text_of("speed", training(), view())
    assert [line[:9].strip() for line in lines[1:]] == ["steps/s", "images/s", "cpu %", "ram GiB"]
    assert lines[0] == "── 6 SPEED ───────────────────── last 60 s"
    assert all(len(line) == 42 for line in lines)
    three = text_of("speed", training(), view(), (80, 24))
    assert [line[:9].strip() for line in three[1:]] == ["steps/s", "cpu %", "ram GiB"]
    gpu = training(rates=fixtures.gpu_rates())
    three = text_of("speed", gpu, view(), (80, 24))
    assert [line[:9].strip() for line in three[1:]] == ["steps/s", "gpu %", "gpu GiB"]
    assert figures(gpu.rates, 7) == list(gpu.rates.values)


def test_ranges_contain_the_present_value() -> None:
    values = np.full(60, 13.0, np.float32)
    values[-1] = 15.5
    (line,) = text_of("speed", training(rates=Rates({"steps/s": values})), view())[1:]
    assert line.endswith("    15.5      13.0..15.5")


def test_nothing_moves_while_paused() -> None:
    lines = text_of("speed", fixtures.paused(), view())
    assert lines[1].split()[2] == "0"
    assert lines[2].split()[2] == "0"
    assert lines[3].split()[3] != "0"
    assert text_of("speed", died(), view())[3].split()[3] == "0"


def test_gaps_in_the_figures_are_blank() -> None:
    values = np.full(60, np.nan, np.float32)
    lines = text_of("speed", training(rates=Rates({"cpu %": values})), view())
    assert lines[1].split() == ["cpu", "%", "-"]
    values[:30] = 5
    lines = text_of("speed", training(rates=Rates({"cpu %": values, "steps/s": values})), view())
    # Half a minute of nothing is a blank half, on the side of the past.
    values[30:] = np.nan
    values[:30], values[30:] = values[30:].copy(), values[:30].copy()
    lines = text_of("speed", training(rates=Rates({"cpu %": values, "steps/s": values})), view())
    assert lines[1].startswith("steps/s      ▁▁▁▁▁ ")


@pytest.mark.parametrize("room", [6, 59, 60, 61, 85, 160])
def test_the_minute_is_always_a_minute_wide(room: int) -> None:
    half = minute(np.arange(30, dtype=np.float32), room)
    assert len(half) >= room or room < 60
    assert np.isnan(half[: len(half) // 2 - 1]).all()
    assert half[-1] == 29


def test_stages() -> None:
    assert text_of("stages", fixtures.starting(), view()) == [
        "── 3 STARTING ────────────────────────────",
        " done run folder   balanced-1124     0.0 s",
        " done trainer      pid 4021          0.1 s",
        " done torch 2.13.0 2 threads bf16    2.2 s",
        " done mnist        60,000 digits     0.3 s",
        "▌now  networks     D 1.8M  G 7.5M    4.4 s",
        " next warm-up      20 steps",
    ]


def test_the_stage_at_work_stays_in_sight() -> None:
    stages = tuple(Stage(name=f"stage {i}", state="done") for i in range(9))
    stages += (Stage(name="last", state="now"), Stage(name="after", state="next"))
    lines = text_of("stages", fixtures.starting(stages=stages), view())
    assert len(lines) == 7
    assert any(line.startswith("▌now  last") for line in lines)


def test_how_the_trainer_died() -> None:
    assert text_of("died", died(), view()) == [
        "── 5 TRAINER DIED ─────────────────────────────────── step 1,223  06:09:31",
        "  what      killed by the system (signal 9), likely for want of memory",
        "  safe      step 1,150: both networks, optimisers, random state",
        "  lost      73 steps, 5 s of training; the history is whole",
        "  do        r  resume from step 1,150     o  open the log",
        "",
        "  log       06:09:28  saved step-001150 (37 MB) in 0.2 s",
        "            06:09:30  step 1,200  D 0.637 0.649  G 0.827",
        "            06:09:31  (no more lines)",
    ]
    assert text_of("died", died(), view(), (80, 24))[1:] == [
        "  what      killed by the system (signal 9)…",
        "  safe      step 1,150, with all its state",
        "  do        r  resume     o  open the log",
    ]
    assert text_of("died", died(), view(), (60, 20))[1:] == [
        "  what  killed by the system…",
        "  safe  step 1,150",
        "  do    r  resume",
    ]


def test_a_long_cause_has_more_rows_where_there_are_some() -> None:
    death = died().death
    assert death is not None
    what = "CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total of 79.15 GiB, none free. "
    long = died(death=replace(death, what=what * 3))
    lines = text_of("died", long, view())
    assert lines[1:4] == [
        "  what      CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a",
        "            total of 79.15 GiB, none free. CUDA out of memory. Tried to",
        "            allocate 20.00 MiB. GPU 0 has a total of 79.15 GiB, none free…",
    ]
    assert lines[4].startswith("  safe")
    assert text_of("died", long, view(), (80, 24))[1] == "  what      CUDA out of memory. Tried to…"


def test_it_died_before_the_first_checkpoint() -> None:
    death = died().death
    assert death is not None
    lines = text_of("died", died(death=replace(death, safe=None)), view())
    assert lines[2] == "  safe      nothing yet: there is no checkpoint; the history is whole"
    assert lines[4].startswith("  do        r  start again")


def test_too_small() -> None:
    assert text_of("small", training(), view(), (40, 12)) == [
        "",
        "",
        "           40x12 is too small",
        "          gan-tui needs 60x20",
        "",
        "         training   step 1,223",
        "    D real 0.62  fake 0.63   G 0.88",
        "",
        "          space pause   q quit",
    ]
    assert text_of("small", training(), view(), (30, 4))[0].strip() == "30x4 is too small"
    assert "space resume" in text_of("small", fixtures.paused(), view(), (40, 12))[-1]
