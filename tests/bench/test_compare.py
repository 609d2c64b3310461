"""Turns and ratios, on a clock that only the runners move."""

import itertools
from collections.abc import Callable

import pytest

from gan_tui.bench.compare import LONG_TURN, PATIENCE, TURN, Race, Racer
from gan_tui.bench.deadline import Deadline


class House:
    """A clock, and runners whose steps move it."""

    def __init__(self) -> None:
        self.time = 100.0
        self.calls: list[tuple[str, int]] = []

    def now(self) -> float:
        return self.time

    def racer(
        self,
        name: str,
        step: Callable[[], float],
        *,
        block: int = 1,
        compiles: bool = False,
        prepared: float = 0.0,
    ) -> Racer:
        house = self

        class Runner:
            def __init__(self) -> None:
                self.name, self.block, self.compiles = name, block, compiles

            def step(self, count: int) -> None:
                house.calls.append((name, count))
                house.time += sum(step() for _ in range(count))

        return Racer(Runner(), 1, prepared, self.now, lambda: 2 * self.time)

    def race(self, ours: Racer, *others: Racer) -> Race:
        race = Race(ours)
        for racer in others:
            race.join(racer)
        self.calls.clear()
        return race


def steady(seconds: float) -> Callable[[], float]:
    return lambda: seconds


def test_a_ratio_says_how_many_times_as_long_theirs_takes() -> None:
    house = House()
    race = house.race(
        house.racer("ours", steady(0.1)), house.racer("slow", steady(1.0)), house.racer("quick", steady(0.05))
    )
    rounds = race.run(20, 3, Deadline(None, house.now), clock=house.now)
    figures = race.figures()
    assert figures["slow"].ratio == pytest.approx(10)
    assert figures["slow"].ratio_processor == pytest.approx(10)
    assert figures["quick"].ratio == pytest.approx(0.5)
    assert figures["quick"].step_ms == pytest.approx(50)
    assert figures["slow"].rounds == rounds >= 3
    assert race.our_figures().step_ms == pytest.approx(100)


def test_a_machine_that_changes_its_speed_does_not_change_the_ratio() -> None:
    """It grows slower by a fifth at each turn: neighbours' mean is off by a few per cent, a median is not."""
    house = House()
    pace = itertools.count()
    slowing: dict[str, float] = {"now": 1.0}

    def step(seconds: float) -> Callable[[], float]:
        def one() -> float:
            slowing["now"] = 1.0 + 0.02 * next(pace)
            return seconds * slowing["now"]

        return one

    race = house.race(house.racer("ours", step(0.5)), house.racer("theirs", step(1.5)))
    race.run(60, 5, Deadline(None, house.now), clock=house.now)
    assert slowing["now"] > 1.5
    assert race.figures()["theirs"].ratio == pytest.approx(3, rel=0.03)


def test_the_first_steps_do_not_count() -> None:
    house = House()
    costs = iter([30.0])
    racer = house.racer("theirs", lambda: next(costs, 0.2), compiles=True)
    race = house.race(house.racer("ours", steady(0.1)), racer)
    assert racer.first_seconds == pytest.approx(30)
    assert race.figures() == {}
    race.run(5, 2, Deadline(None, house.now), clock=house.now)
    assert race.figures()["theirs"].ratio == pytest.approx(2)
    assert race.figures()["theirs"].first_seconds == pytest.approx(30)


def test_a_slow_first_step_that_compiles_nothing_is_not_made_twice() -> None:
    house = House()
    made: list[int] = []

    def step() -> float:
        made.append(1)
        return 4.0

    racer = house.racer("slow", step)
    race = house.race(house.racer("ours", steady(0.5)), racer)
    assert (len(made), racer.steps, racer.turn_seconds) == (1, 1, pytest.approx(4))
    # It is a turn of its own: where there is no time for a round there is a ratio all the same.
    assert race.run(60, 5, Deadline(0, house.now), clock=house.now) == 0
    assert race.figures()["slow"].ratio == pytest.approx(8)
    assert race.figures()["slow"].rounds == 1


def test_of_what_compiles_the_second_step_counts_beside_ours_just_before_it() -> None:
    house = House()
    costs = iter([40.0])
    ours = iter([0.5, 0.5, 0.9])
    racer = house.racer("theirs", lambda: next(costs, 4.0), compiles=True)
    house.race(house.racer("ours", lambda: next(ours, 0.7)))
    race = Race(house.racer("ours", lambda: next(ours, 0.7)))
    race.join(racer)
    assert racer.first_seconds == pytest.approx(40)
    figures = race.figures()["theirs"]
    assert (figures.rounds, figures.step_ms) == (1, pytest.approx(4000))
    assert figures.ratio == pytest.approx(4 / 0.7)


def test_a_step_that_counts_is_one_of_the_least() -> None:
    house = House()
    race = house.race(house.racer("ours", steady(0.5)), house.racer("slow", steady(4.0)))
    assert race.run(1.0, 2, Deadline(None, house.now), clock=house.now) == 1
    assert race.figures()["slow"].rounds == 2


def test_what_prepares_belongs_to_the_first_seconds() -> None:
    house = House()
    racer = house.racer("scan", steady(0.1), block=4, prepared=7.0)
    racer.warm_up()
    assert racer.first_seconds == pytest.approx(7.4)
    race = house.race(house.racer("ours", steady(0.1)), house.racer("again", steady(0.1), block=4))
    race.run(0.1, 1, Deadline(None, house.now), clock=house.now)
    assert race.figures()["again"].block == 4


def test_turns_are_long_enough_and_whole_blocks() -> None:
    house = House()
    racer = house.racer("scan", steady(0.001), block=64)
    racer.warm_up()
    assert racer.steps % 64 == 0
    assert TURN <= racer.turn_seconds < TURN + 64 * 0.001


def test_our_turns_stretch_beside_long_ones() -> None:
    house = House()
    ours = house.racer("ours", steady(0.01))
    house.race(ours, house.racer("slow", steady(30.0)))
    assert ours.turn_seconds == pytest.approx(LONG_TURN)


def test_ours_stands_before_and_after_each_turn() -> None:
    house = House()
    race = house.race(
        house.racer("ours", steady(0.3)), house.racer("a", steady(0.3)), house.racer("b", steady(0.3))
    )
    race.run(0.1, 1, Deadline(None, house.now), clock=house.now)
    assert [name for name, _ in house.calls] == ["ours", "a", "ours", "b", "ours"]


def test_no_round_begins_that_would_end_too_late() -> None:
    house = House()
    race = house.race(house.racer("ours", steady(1.0)), house.racer("slow", steady(5.0)))
    deadline, start = Deadline(15, house.now), house.time
    assert race.run(1000, 50, deadline, clock=house.now) == 2
    assert house.time <= start + 15


def test_the_least_number_of_rounds_has_its_limit() -> None:
    house = House()
    race = house.race(house.racer("ours", steady(1.0)), house.racer("slow", steady(9.0)))
    rounds = race.run(5, 50, Deadline(None, house.now), clock=house.now)
    assert 0 < rounds * race.round_seconds <= 5 * PATIENCE


def test_figures_are_there_after_each_turn() -> None:
    house = House()
    race = house.race(
        house.racer("ours", steady(0.3)), house.racer("a", steady(0.3)), house.racer("b", steady(0.3))
    )
    seen: list[list[str]] = []
    race.run(0.1, 1, Deadline(None, house.now), lambda: seen.append(list(race.figures())), clock=house.now)
    assert seen == [["a"], ["a", "b"]]


def test_ours_alone_is_timed_too() -> None:
    house = House()
    race = house.race(house.racer("ours", steady(0.3)))
    race.run(2, 3, Deadline(None, house.now), clock=house.now)
    assert race.figures() == {}
    assert race.our_figures().turns >= 3


def test_a_deadline_counts_down_and_stays_at_nothing() -> None:
    house = House()
    deadline = Deadline(10, house.now)
    assert deadline.fits(10)
    house.time += 4
    assert deadline.left == pytest.approx(6)
    assert not deadline.fits(6.5)
    assert deadline.part(0.5).left == pytest.approx(3)
    assert deadline.part(0.5).fits(3)
    house.time += 100
    assert deadline.left == 0
    assert Deadline(None, house.now).part(0.5).fits(1e9)
