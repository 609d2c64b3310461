"""What is chosen follows from what was measured, and from nothing else."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import torch

from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine
from gan_tui.data.dataset import Dataset
from gan_tui.training import choose as module
from gan_tui.training.choose import Measurable, choose, thread_candidates
from gan_tui.training.device import describe, resolve_device
from gan_tui.training.engine import Engine
from gan_tui.training.errors import DeviceError
from gan_tui.training.precision import Arithmetic, products
from gan_tui.training.trial import MIDDLE_BATCH, Timing, Trial
from tests.training.tiny import CPU, tiny_dataset

Key = tuple[str, str, int]


class Told:
    """A trial that is told what to measure: seconds by networks, arithmetic and threads."""

    def __init__(self, networks: str, seconds: Callable[[Key], float], asked: list[Key]) -> None:
        self.networks, self.seconds, self.asked = networks, seconds, asked

    def _take(self, precision: str) -> float:
        key = (self.networks, precision, torch.get_num_threads())
        self.asked.append(key)
        return self.seconds(key)

    def compared(self, precision: Arithmetic, budget: float) -> float:
        assert budget > 0
        return self._take(precision)

    def gain(self, few: int, many: int, budget: float) -> float:
        assert budget > 0
        assert few < many
        seconds = []
        for threads in (few, many):
            torch.set_num_threads(threads)
            seconds.append(self._take("fp32"))
        return seconds[0] / seconds[1]

    def whole(self, precision: Arithmetic, limit: float) -> Timing:
        assert limit == module.SLOW_STEP
        return Timing(self._take(precision))


def chosen(
    seconds: Callable[[Key], float], asked: list[Key] | None = None, **given: Any
) -> tuple[module.Choice, list[Key]]:
    keys: list[Key] = [] if asked is None else asked

    def make(config: RunConfig, _: Dataset, device: torch.device) -> Measurable:
        assert device == CPU
        return Told(config.networks, seconds, keys)

    return choose(combine(given), given, tiny_dataset(), CPU, make), keys


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(module, "thread_candidates", lambda: [1, 2])
    monkeypatch.setattr(module, "alternatives", lambda _: ())
    before = torch.get_num_threads()
    yield
    assert torch.get_num_threads() == before


def by_threads(one: float, two: float, light: float = 0.02) -> Callable[[Key], float]:
    return lambda key: light if key[0].startswith("light") else (one, two)[key[2] - 1]


def test_quick_machines_get_the_articles_networks() -> None:
    choice, _ = chosen(by_threads(0.03, 0.018))
    assert choice.config.recipe == "labelled"
    assert choice.config.networks == "article-labelled"
    assert choice.reason == "a step of the article's networks takes 18 ms here"
    assert choice.threads == choice.config.threads == 2
    assert choice.config.precision == "fp32"


def test_slow_machines_get_the_light_networks_without_further_measuring() -> None:
    choice, asked = chosen(by_threads(0.34, 0.2))
    assert choice.config.recipe == "swift"
    assert choice.reason == "a step of the article's networks takes 340 ms here"
    assert [key for key in asked if key[0] == "article-labelled"] == [("article-labelled", "fp32", 1)]
    assert choice.threads == 1


def test_a_second_thread_may_make_the_difference() -> None:
    choice, _ = chosen(by_threads(0.05, 0.028))
    assert choice.config.recipe == "labelled"
    assert choice.reason == "a step of the article's networks takes 28 ms here"


@pytest.mark.parametrize(("two", "threads"), [(0.01, 2), (0.0175, 2), (0.019, 1), (0.5, 1)])
def test_more_threads_only_where_they_are_worth_it(two: float, threads: int) -> None:
    choice, _ = chosen(by_threads(0.02, two), recipe="article")
    assert choice.threads == threads
    assert choice.reason == "you chose it"


@pytest.mark.parametrize(("bf16", "precision"), [(0.01, "bf16"), (0.0199, "fp32"), (0.03, "fp32")])
def test_bf16_only_where_it_is_faster(monkeypatch: pytest.MonkeyPatch, bf16: float, precision: str) -> None:
    monkeypatch.setattr(module, "alternatives", lambda _: ("bf16",))
    choice, _ = chosen(lambda key: bf16 if key[1] == "bf16" else 0.02, recipe="swift")
    assert choice.precision == choice.config.precision == precision


@pytest.mark.parametrize(
    ("tf32", "bf16", "best"),
    [(0.01, 0.0099, "tf32"), (0.01, 0.008, "bf16"), (0.0199, 0.0195, "fp32"), (0.03, 0.01, "bf16")],
)
def test_the_coarser_must_beat_the_finer(
    monkeypatch: pytest.MonkeyPatch, tf32: float, bf16: float, best: str
) -> None:
    monkeypatch.setattr(module, "alternatives", lambda _: ("tf32", "bf16"))
    choice, _ = chosen(lambda key: {"fp32": 0.02, "tf32": tf32, "bf16": bf16}[key[1]], recipe="swift")
    assert choice.precision == best


def test_bf16_may_make_a_machine_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "alternatives", lambda _: ("bf16",))
    choice, _ = chosen(lambda key: 0.02 if key[1] == "bf16" else 0.09)
    assert (choice.config.recipe, choice.precision) == ("labelled", "bf16")


@pytest.mark.parametrize(("gain", "recipe"), [(2.0, "swift"), (10.0, "labelled")])
def test_what_bf16_cannot_make_quick_is_not_measured(
    monkeypatch: pytest.MonkeyPatch, gain: float, recipe: str
) -> None:
    monkeypatch.setattr(module, "alternatives", lambda _: ("bf16",))
    monkeypatch.setattr(module, "most_gain", lambda: gain)
    choice, asked = chosen(lambda key: 0.02 if key[1] == "bf16" else 0.5)
    assert choice.config.recipe == recipe
    assert (("article-labelled", "bf16", 1) in asked) == (recipe == "labelled")


def test_what_the_user_gave_stays() -> None:
    choice, asked = chosen(by_threads(9.0, 9.0), precision="bf16", threads=2, d_lr=1e-5)
    assert choice.config.recipe == "swift"
    assert (choice.threads, choice.precision, choice.config.d_lr) == (2, "bf16", 1e-5)
    assert {key[0] for key in asked} == {"article-labelled"}


def test_networks_that_were_asked_for_are_not_measured_against_others() -> None:
    choice, asked = chosen(by_threads(9.0, 9.0), networks="light")
    assert choice.config.networks == "light"
    assert choice.reason == "the networks light were asked for"
    assert all(key[0] == "light" for key in asked)


def test_nothing_is_measured_where_all_is_given() -> None:
    _, asked = chosen(by_threads(1.0, 1.0), recipe="article", precision="fp32", threads=1)
    assert asked == []


def test_candidates_are_powers_of_two_and_all() -> None:
    candidates = thread_candidates()
    assert candidates[0] == 1
    assert candidates == sorted(set(candidates))


def clock(seconds: list[float]) -> Callable[[], float]:
    """Each step takes the next of these; the last one goes on."""
    state = {"now": 0.0, "call": 0}

    def read() -> float:
        if state["call"] % 2:
            state["now"] += seconds.pop(0) if len(seconds) > 1 else seconds[0]
        state["call"] += 1
        return state["now"]

    return read


@pytest.fixture
def light_dataset() -> Dataset:
    return tiny_dataset(side=28, count=40, classes=10)


def trial(data: Dataset, seconds: list[float], **given: Any) -> Trial:
    ticking = clock(seconds)
    return Trial(combine({"recipe": "swift", **given}), data, CPU, clock=ticking, processor=ticking)


def test_trial_compares_small_steps_where_steps_are_slow(light_dataset: Dataset) -> None:
    one = trial(light_dataset, [9.0, 0.5, 0.7, 0.1], g_batch=256)
    assert one.compared("fp32", 0.1) == pytest.approx(0.6)
    assert one._engine.config.g_batch == MIDDLE_BATCH


def test_trial_compares_whole_steps_where_they_are_quick(light_dataset: Dataset) -> None:
    quick = trial(light_dataset, [9.0, 0.01, 0.01, 0.01, 0.04, 0.05], g_batch=256)
    measured = quick.compared("fp32", 0.001)
    assert measured == pytest.approx(0.045)


def test_trial_compares_alike_with_alike(light_dataset: Dataset) -> None:
    one = trial(light_dataset, [9.0, 0.01, 0.01, 9.0, 0.04, 0.04, 9.0, 0.05], g_batch=256)
    assert one.compared("fp32", 0.001) == pytest.approx(0.04)
    engine = one._engine
    sizes: list[int] = []
    step = engine.train_step

    def noted() -> None:
        sizes.append(engine.config.g_batch)
        step()

    engine.train_step = noted  # type: ignore[method-assign, assignment]  # a trial gives it no argument
    assert one.compared("fp32", 0.001) == pytest.approx(0.05)
    assert set(sizes) == {256}, "whole steps, as the first time, however slow they are now"


@pytest.fixture
def threads_as_before(two_cores: None) -> Iterator[None]:  # noqa: ARG001  # it looks at them afterwards
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads_as_before")
def test_threads_take_turns_and_the_median_turn_counts(light_dataset: Dataset) -> None:
    turns = [9.0, 5.0, 1.0, 0.5, 1.0, 0.9, 1.0, 0.6, 0.1]
    assert trial(light_dataset, turns).gain(1, 2, 0.1) == pytest.approx(1 / 0.6)


@pytest.mark.usefixtures("threads_as_before")
def test_threads_are_compared_by_whole_steps_where_they_are_quick(light_dataset: Dataset) -> None:
    turns = [9.0, 5.0, 0.01, 0.019, *[0.03, 0.02] * 3, 7.0]
    assert trial(light_dataset, turns).gain(1, 2, 0.1) == pytest.approx(1.5)


@pytest.mark.usefixtures("threads_as_before")
def test_a_quick_comparison_of_threads_goes_on_until_its_budget(light_dataset: Dataset) -> None:
    left = [9.0, 5.0, 0.5, 0.5, *[0.2, 0.1] * 20]
    trial(light_dataset, left).gain(1, 2, 2.0)
    assert len(left) == 40 - 2 * 4


@pytest.mark.usefixtures("threads_as_before")
def test_hopeless_threads_are_given_up_after_one_turn(light_dataset: Dataset) -> None:
    left = [9.0, 5.0, 1.0, 3.0, 1.0, 0.1]
    assert trial(light_dataset, left).gain(1, 2, 9.0) == pytest.approx(1 / 3)
    assert left == [1.0, 0.1]


@pytest.mark.parametrize(
    ("seconds", "expected", "words"),
    [
        ([0.02, 0.08, 0.01], Timing(0.08), "80 ms"),  # below the limit: known at once
        ([0.02, 0.34, 0.01], Timing(0.34), "340 ms"),  # far above it: known at once
        ([0.02, 0.13, 0.09, 0.01], Timing(0.09), "90 ms"),  # near it: the quickest of a few
        ([0.02, 0.13, 0.15, 0.12, 0.01], Timing(0.12), "120 ms"),
        ([5.0, 0.06, 0.25, 0.27, 0.26, 0.01], Timing(0.25), "250 ms"),  # the first step has other costs
        ([5.0, 1.2, 9.0], Timing(1.2, more=True), "over 1200 ms"),  # a small step tells enough
    ],
)
def test_trial_takes_no_longer_than_the_limit_needs(
    light_dataset: Dataset, seconds: list[float], expected: Timing, words: str
) -> None:
    timing = trial(light_dataset, seconds).whole("fp32", 0.1)
    assert timing.seconds == pytest.approx(expected.seconds)
    assert timing.more == expected.more
    assert str(timing) == words


def test_what_others_take_of_the_only_processor_does_not_count(light_dataset: Dataset) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    one = Trial(combine({"recipe": "swift"}), light_dataset, CPU, clock=clock([9.0]), processor=clock([0.04]))
    assert one.whole("fp32", 0.1).seconds == pytest.approx(0.04)
    torch.set_num_threads(2)
    assert one.whole("fp32", 0.1).seconds == pytest.approx(9.0)
    torch.set_num_threads(before)


def test_between_two_steps_somebody_is_answered_and_may_end_it(light_dataset: Dataset) -> None:
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 3:
            raise InterruptedError

    one = Trial(combine({"recipe": "swift"}), light_dataset, CPU, look)
    with pytest.raises(InterruptedError):
        one.compared("fp32", 10.0)
    assert len(looks) == 3


@pytest.mark.parametrize("precision", ["fp32", "tf32"])
def test_a_trial_leaves_the_process_s_arithmetic_as_it_was(
    light_dataset: Dataset, precision: Arithmetic, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    whole = Engine.train_step
    monkeypatch.setattr(
        Engine,
        "train_step",
        lambda engine: (seen.append(torch.get_float32_matmul_precision()), whole(engine)),
    )
    with products("tf32" if precision == "fp32" else "fp32"):
        before = torch.get_float32_matmul_precision()
        Trial(combine({"recipe": "swift"}), light_dataset, CPU).compared(precision, 0.0)
        assert torch.get_float32_matmul_precision() == before
    assert set(seen) == {"high" if precision == "tf32" else "highest"}


def test_devices_that_are_not_there() -> None:
    assert resolve_device("cpu") == CPU
    assert describe(CPU) == "cpu"
    missing: Mapping[str, bool] = {
        "cuda": not torch.cuda.is_available(),
        "mps": not torch.backends.mps.is_available(),
        "abacus": True,
    }
    for name, absent in missing.items():
        if absent:
            with pytest.raises(DeviceError, match=r"--device cpu|no device"):
                resolve_device(name)
    assert resolve_device("auto").type in {"cpu", "cuda", "mps"}
