"""The measuring process on small work, with peers that are absent, fail, or are only pretended."""

# ruff: noqa: ARG002 - peers have the protocol's arguments

from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType

import msgspec
import pytest
import torch

from gan_tui.bench import growth, rates, session, starting, viewing
from gan_tui.bench.deadline import Deadline
from gan_tui.bench.messages import Began, Compared, Ended, Looked, Measured, Message, Said, Skipped
from gan_tui.bench.peers import PEERS, Losses, Peer
from gan_tui.bench.plan import Chosen, Kind, Options, Task
from gan_tui.bench.session import Session
from gan_tui.config.sources import combine
from tests.bench.pretended import Pretended
from tests.bench.test_peers import digits


class Unlucky(Pretended):
    """A peer that fails, or is not there."""

    def __init__(self, name: str, reason: str | Exception = "", error: Exception | None = None) -> None:
        super().__init__(name)
        self._reason, self._error = reason, error

    def available(self, device: torch.device) -> str | None:
        if isinstance(self._reason, Exception):
            raise self._reason
        return self._reason or None

    def step(self, count: int) -> Losses:
        if self._error is not None:
            raise self._error
        return super().step(count)


def run(
    task: Task, peers: Mapping[str, Callable[[], Peer]], deadline: Deadline | None = None
) -> list[Message]:
    told: list[Message] = []
    options = Options(
        quick=True, recipes=("swift",), threads=1, device="cpu", values={"d_batch": 4, "g_batch": 4}
    )
    session = Session(options, digits(), deadline or Deadline(None), told.append, peers)
    session.look()
    session.do(7, task)
    return told


def task(*peers: str) -> Task:
    return Task(kind="compare", recipe="swift", peers=peers, budget=0.5, least=1, limit=100)


@pytest.fixture(autouse=True)
def quick_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rates of a small product: what they are is tested elsewhere."""
    real = rates.measure_rates

    @cache
    def measured(device: torch.device, threads: int) -> rates.Rates:
        return real(device, threads, "fp32", 0.05, shapes=((64, 64, 64),), copy_bytes=1 << 20)

    def small(device: torch.device, threads: int, precision: str, _budget: float) -> rates.Rates:
        found = measured(device, threads)
        faster = 1000 if precision == "bf16" else 1
        return msgspec.structs.replace(
            found,
            precision=precision,
            multiply_adds_per_second=faster * found.multiply_adds_per_second,
        )

    monkeypatch.setattr(rates, "measure_rates", small)


def test_a_comparison_has_its_figures_and_the_limit() -> None:
    told = run(task("plain"), PEERS)
    assert [one.index for one in told if isinstance(one, Began | Ended)] == [7, 7]
    looked = next(one for one in told if isinstance(one, Looked))
    assert looked.machine["torch"] == torch.__version__
    last = [one for one in told if isinstance(one, Compared)][-1]
    assert (last.index, last.recipe, last.ratio, last.own_ratio) == (7, "swift", (1, 1), True)
    assert (last.d_batch, last.g_batch, last.threads, last.precision) == (4, 4, 1, "fp32")
    plain = last.peers["plain"]
    assert plain.ratio_low <= plain.ratio <= plain.ratio_high
    ours = last.ours
    least, most = plain.ratio_low * ours.least_ms, plain.ratio_high * ours.most_ms
    assert least * (1 - 1e-9) <= plain.step_ms <= most * (1 + 1e-9)
    assert last.limit is not None
    assert last.limit["seconds"] > 0
    assert last.limit["rates"]["multiply_adds_per_second"] > 0


def test_the_limit_is_that_of_all_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe that trains on one thread is held against them all; and the choice is the one handed in."""
    monkeypatch.setattr(session, "thread_candidates", lambda: [1, 2, 3])
    told: list[Message] = []
    options = Options(recipes=("swift",), device="cpu", values={"d_batch": 4, "g_batch": 4})
    chosen = {"swift": Chosen(1, "fp32")}
    Session(options, digits(), Deadline(None), told.append, chosen=chosen).do(0, task())
    last = [one for one in told if isinstance(one, Compared)][-1]
    assert (last.threads, last.precision) == (1, "fp32")
    assert last.limit is not None
    assert last.limit["rates"]["threads"] == 3


def test_a_coarser_arithmetic_is_held_against_float32_s_limit_too() -> None:
    told: list[Message] = []
    options = Options(recipes=("swift",), device="cpu", values={"d_batch": 4, "g_batch": 4})
    for precision in ("fp32", "bf16"):
        chosen = {"swift": Chosen(1, precision)}
        Session(options, digits(), Deadline(None), told.append, chosen=chosen).do(0, task())
    limits = {one.precision: one.limit for one in told if isinstance(one, Compared) and one.limit is not None}
    full, coarse = limits["fp32"], limits["bf16"]
    assert full["float32_seconds"] == full["seconds"]
    assert coarse["rates"]["precision"] == "bf16"
    assert coarse["float32_seconds"] > coarse["seconds"]
    assert coarse["float32_rates"] == full["rates"]


def test_without_time_for_float32_s_rates_the_own_limit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fits = iter([True, False])
    monkeypatch.setattr(Deadline, "fits", lambda _, seconds: seconds != session.RATES_TIME or next(fits))
    told: list[Message] = []
    options = Options(recipes=("swift",), device="cpu", values={"d_batch": 4, "g_batch": 4})
    chosen = {"swift": Chosen(1, "bf16")}
    Session(options, digits(), Deadline(None), told.append, chosen=chosen).do(0, task())
    limit = [one for one in told if isinstance(one, Compared)][-1].limit
    assert limit is not None
    assert limit["seconds"] > 0
    assert limit["float32_seconds"] is limit["float32_rates"] is None
    assert [one.what for one in told if isinstance(one, Skipped)] == ["swift: limit in float32"]


def test_what_is_absent_or_fails_is_told_and_the_rest_goes_on() -> None:
    absent = Unlucky("compiled", reason="there is no C++ compiler")
    failing = Unlucky("jax_scan", error=RuntimeError("no kernel\nlong story"))
    peers = {**PEERS, "compiled": lambda: absent, "jax_scan": lambda: failing}
    told = run(task("plain", "compiled", "jax_scan"), peers)
    skipped = {one.what: one.why for one in told if isinstance(one, Skipped)}
    assert skipped == {
        "compiled": "there is no C++ compiler",
        "swift: jax_scan": "it failed: RuntimeError: no kernel",
    }
    last = [one for one in told if isinstance(one, Compared)][-1]
    assert set(last.peers) == {"plain"}
    assert failing.closed == 1


def test_a_sweep_changes_the_ratio_alone() -> None:
    sweep = Task(kind="compare", recipe="swift", ratio=(2, 1), peers=(), budget=0.2, least=1, limit=100)
    last = [one for one in run(sweep, PEERS) if isinstance(one, Compared)][-1]
    assert (last.ratio, last.own_ratio, last.peers) == ((2, 1), False, {})


def test_nothing_begins_after_the_deadline() -> None:
    peer = Pretended("plain")
    told = run(task("plain"), {**PEERS, "plain": lambda: peer}, Deadline(0))
    skipped = {one.what: one.why for one in told if isinstance(one, Skipped)}
    assert skipped["swift: plain"] == "no time was left"
    assert peer.threads == 0


def test_threads_are_those_that_were_asked_for() -> None:
    peer = Pretended("plain")
    run(task("plain"), {**PEERS, "plain": lambda: peer})
    assert peer.threads == 1
    assert peer.closed == 1


def test_what_breaks_as_it_is_looked_at_costs_its_task_no_other_peer() -> None:
    broken = Unlucky("jax_scan", reason=ImportError("libcuda.so.1: no such file"))
    told = run(task("jax_scan", "plain"), {**PEERS, "jax_scan": lambda: broken})
    skipped = {one.what: one.why for one in told if isinstance(one, Skipped)}
    assert skipped == {"jax_scan": "it failed: ImportError: libcuda.so.1: no such file"}
    assert set([one for one in told if isinstance(one, Compared)][-1].peers) == {"plain"}


def test_what_is_skipped_says_at_which_ratio() -> None:
    sweep = Task(kind="compare", recipe="swift", ratio=(2, 1), peers=("plain",), budget=1, least=1, limit=9)
    told = run(sweep, PEERS, Deadline(0))
    assert [one.what for one in told if isinstance(one, Skipped)] == [
        "swift, D:G 2:1: plain",
        "swift, D:G 2:1: limit",
    ]


@pytest.mark.parametrize(("asked", "threads"), [(0, 8), (1, 1), (2, 8)])
def test_jax_has_one_processor_or_all(asked: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "thread_candidates", lambda: [1, 2, 8])
    peer = Pretended("jax_scan")
    options = Options(recipes=("swift",), threads=asked, device="cpu", values={"d_batch": 4, "g_batch": 4})
    told: list[Message] = []
    peers = {**PEERS, "jax_scan": lambda: peer}
    chosen = {} if asked else {"swift": Chosen(1, "fp32")}
    Session(options, digits(), Deadline(None), told.append, peers, chosen=chosen).do(0, task("jax_scan"))
    assert peer.threads == threads
    assert [one for one in told if isinstance(one, Compared)][-1].peers["jax_scan"].threads == threads


@pytest.mark.parametrize(
    ("kind", "module", "name"),
    [
        ("batch", growth, "by_batch"),
        ("data", growth, "by_data"),
        ("start", starting, "measure"),
        ("viewer", viewing, "measure"),
    ],
)
def test_all_that_is_measured_has_the_settings_that_were_asked_for(
    kind: Kind, module: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: list[Mapping[str, object]] = []

    def measured(given: Mapping[str, object], *_: object, **__: object) -> Message:
        settings.append(given)
        return Said("measured")

    monkeypatch.setattr(module, name, measured)
    told = run(Task(kind=kind, recipe="swift", budget=1, least=1, limit=100), PEERS)
    assert [one.kind for one in told if isinstance(one, Measured)] == [kind]
    asked = {"recipe": "swift", "device": "cpu", "threads": 1, "d_batch": 4, "g_batch": 4}
    assert settings == [asked]
    combine(settings[0])
