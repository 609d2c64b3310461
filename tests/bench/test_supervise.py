"""The process that waits: time limits, deaths, and what is told as not measured; on a clock of its own."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gan_tui.bench.compare import OurFigures, PeerFigures
from gan_tui.bench.deadline import Deadline
from gan_tui.bench.environment import racing_environment
from gan_tui.bench.errors import BenchError
from gan_tui.bench.messages import Began, Compared, Ended, Looked, Message, Said, Skipped
from gan_tui.bench.plan import Chosen, Options, Task
from gan_tui.bench.supervise import GRACE, NO_TIME, ProcessWorker, Supervisor
from gan_tui.bench.worker import Job

OURS = OurFigures(step_ms=1, least_ms=1, most_ms=1, processor_ms=1, turns=1, first_seconds=1)
THEIRS = PeerFigures(
    ratio=2,
    ratio_low=2,
    ratio_high=2,
    ratio_processor=2,
    step_ms=2,
    first_seconds=1,
    rounds=1,
    steps=1,
    block=1,
    threads=1,
)
Script = Sequence[Message | float | None]
"""Messages; seconds in which nothing comes; None for the process' death."""


def compared(index: int, *peers: str) -> Compared:
    return Compared(
        index=index,
        recipe="swift",
        ratio=(1, 1),
        own_ratio=True,
        d_batch=8,
        g_batch=8,
        networks="light-labelled",
        precision="fp32",
        threads=1,
        ours=OURS,
        peers=dict.fromkeys(peers, THEIRS),
        limit=None,
    )


def task(*peers: str, limit: float = 100.0) -> Task:
    return Task(kind="compare", recipe="swift", peers=peers, budget=1, least=1, limit=limit)


def grown(recipe: str = "swift") -> Task:
    return Task(kind="batch", recipe=recipe, budget=1, least=1, limit=100)


class House:
    """A clock, and workers that follow scripts."""

    def __init__(self, *scripts: Script) -> None:
        self.time = 0.0
        self.taken: list[Message] = []
        self.jobs: list[Job] = []
        self.closed = 0
        self._scripts = list(scripts)

    def deadline(self, seconds: float | None) -> Deadline:
        return Deadline(seconds, lambda: self.time)

    def begin(self, job: Job) -> "_Worker":
        self.jobs.append(job)
        return _Worker(self, self._scripts.pop(0))

    def run(self, tasks: list[Task], seconds: float | None = None) -> None:
        Supervisor(Options(), self.deadline(seconds), self.taken.append, self.begin, self.deadline).run(tasks)

    @property
    def skipped(self) -> dict[str, str]:
        return {one.what: one.why for one in self.taken if isinstance(one, Skipped)}


class _Worker:
    def __init__(self, house: House, script: Script) -> None:
        self._house, self._script = house, list(script)

    def messages(self, timeout: float) -> list[Message] | None:
        one = self._script[0] if self._script else None
        if isinstance(one, int | float):
            waited = min(timeout, one)
            self._house.time += waited
            self._script[:1] = [one - waited] if one > waited else []
            return []
        self._script = self._script[1:]
        return None if one is None else [one]

    def why(self) -> str:
        return "it died"

    def close(self) -> None:
        self._house.closed += 1


def test_all_goes_well() -> None:
    house = House([Began(0), 3.0, compared(0, "plain"), Ended(0), Began(1), compared(1, "plain"), Ended(1)])
    house.run([task("plain"), task("plain")])
    assert house.skipped == {}
    assert len(house.jobs) == house.closed == 1
    assert sum(isinstance(one, Compared) for one in house.taken) == 2


def test_a_task_that_takes_too_long_ends_with_its_process_and_the_next_goes_on() -> None:
    house = House([Began(0), 1000.0], [Began(1), compared(1, "plain"), Ended(1)])
    house.run([task("compiled", limit=30), task("plain")])
    assert house.skipped == {"swift: compiled": "it took longer than 30 s"}
    assert house.time == pytest.approx(30)
    assert [[index for index, _ in job.tasks] for job in house.jobs] == [[0, 1], [1]]
    assert house.closed == 2
    assert house.taken[-2] == compared(1, "plain")


def test_the_machine_is_looked_at_once() -> None:
    house = House([Said("loading"), Looked({}), Began(0), None], [Began(1), Ended(1)])
    house.run([task("compiled"), task("plain")])
    assert [job.look for job in house.jobs] == [True, False]


def test_a_process_that_did_not_come_to_look_has_not_looked() -> None:
    house = House([Said("loading"), Began(0), None], [Looked({}), Began(1), Ended(1)])
    house.run([task("compiled"), task("plain")])
    assert [job.look for job in house.jobs] == [True, True]


def test_a_dead_process_costs_its_task_alone() -> None:
    house = House([Began(0), compared(0, "plain"), None], [Began(1), Ended(1)])
    house.run([task("plain", "compiled"), task("plain")])
    assert house.skipped == {"swift: compiled": "it died"}


def test_at_the_deadline_everything_ends() -> None:
    house = House([Began(0), 5.0, compared(0, "plain"), 5.0, Ended(0), Began(1), 1000.0])
    house.run([task("plain"), task("plain", "jax_scan"), task("compiled")], seconds=60)
    assert house.time == pytest.approx(60)
    assert house.closed == 1
    assert house.skipped == {
        "swift: plain": NO_TIME,
        "swift: jax_scan": NO_TIME,
        "swift: compiled": NO_TIME,
    }
    assert house.jobs[0].seconds == pytest.approx(60)


def test_nothing_begins_shortly_before_the_deadline() -> None:
    house = House()
    house.run([task("plain")], seconds=3)
    assert house.jobs == []
    assert house.skipped == {"swift: plain": NO_TIME}


def test_what_is_not_done_of_a_sweep_says_at_which_ratio() -> None:
    house = House()
    sweep = Task(kind="compare", recipe="swift", ratio=(1, 5), peers=("plain",), budget=1, least=1, limit=9)
    house.run([sweep], seconds=3)
    assert house.skipped == {"swift, D:G 1:5: plain": NO_TIME}


def test_what_the_process_itself_skipped_is_told_once() -> None:
    reason = "JAX is not installed"
    house = House([Began(0), Skipped("jax_scan", reason), Skipped("swift: compiled", "it failed"), None])
    house.run([task("plain", "jax_scan", "compiled")])
    assert house.skipped == {"jax_scan": reason, "swift: compiled": "it failed", "swift: plain": "it died"}


def test_a_process_that_cannot_begin_is_an_error() -> None:
    house = House([Said("loading"), None])
    with pytest.raises(BenchError, match="it died"):
        house.run([task("plain")])
    assert house.closed == 1


@pytest.mark.parametrize("what", [KeyboardInterrupt, SystemExit])
def test_an_interruption_ends_the_process(what: type[BaseException]) -> None:
    house = House([Began(0), 5.0])

    def interrupt(_: Message) -> None:
        raise what

    take: Callable[[Message], object] = interrupt
    with pytest.raises(what):
        Supervisor(Options(), house.deadline(None), take, house.begin, house.deadline).run([task("plain")])
    assert house.closed == 1


def test_what_grows_has_a_process_of_its_own_and_the_choice_of_the_first() -> None:
    viewer = Task(kind="viewer", recipe="swift", budget=1, least=1, limit=100)
    house = House(
        [Began(0), compared(0, "plain"), Ended(0)],
        [Began(1), Ended(1)],
        [Began(2), Ended(2), Began(3), Ended(3)],
    )
    house.run([task("plain"), grown(), grown(), viewer])
    assert house.skipped == {}
    assert [[index for index, _ in job.tasks] for job in house.jobs] == [[0], [1], [2, 3]]
    assert [job.chosen for job in house.jobs] == [{}, *[{"swift": Chosen(1, "fp32")}] * 2]


def test_a_later_process_that_cannot_begin_costs_its_tasks_alone() -> None:
    house = House([Began(0), compared(0, "plain"), Ended(0)], [None], [Began(2), Ended(2)])
    house.run([task("plain"), grown(), grown("article")])
    assert house.skipped == {"swift: growth with the batch": "it died"}
    assert len(house.jobs) == 3


def test_after_a_task_that_was_ended_a_process_that_cannot_begin_throws_nothing_away() -> None:
    house = House([Began(0), compared(0, "plain"), 1000.0], [Said("loading"), None])
    house.run([task("plain", "compiled", limit=30), task("jax_scan")])
    assert house.skipped == {"swift: compiled": "it took longer than 30 s", "swift: jax_scan": "it died"}


def test_a_process_that_says_its_last_word_and_hangs_is_not_awaited_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = ProcessWorker(Job(Options(), [], None, False))
    waits: list[float | None] = []

    def wait(timeout: float | None = None) -> int:
        waits.append(timeout)
        raise subprocess.TimeoutExpired("a worker", timeout or 0.0)

    with monkeypatch.context() as patched:
        patched.setattr(worker._process, "wait", wait)
        assert "did not end" in worker.why()
    worker.close()
    assert waits == [GRACE]


def test_peers_share_a_gpu_and_find_nothing_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XLA_PYTHON_CLIENT_PREALLOCATE", raising=False)
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "/somebody/s")
    found = racing_environment("/empty")
    assert found["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert found["TORCHINDUCTOR_CACHE_DIR"] == "/empty"
    assert found["TRITON_CACHE_DIR"].startswith("/empty")
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "true")
    assert racing_environment("/empty")["XLA_PYTHON_CLIENT_PREALLOCATE"] == "true", (
        "the user's own word counts"
    )


def test_a_process_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    worker = ProcessWorker(Job(Options(), [], None, False))
    assert len(list(tmp_path.iterdir())) == 1
    worker.close()
    assert list(tmp_path.iterdir()) == []
    assert worker._process.returncode is not None
