import sys
from pathlib import Path

import pytest

from gan_tui.runs.errors import RunError
from gan_tui.runs.launch import Cause, cause_of_death, launch, tail_log
from gan_tui.runs.run import Run

STAND_IN = "tests.runs.stand_in"
OOM = "killed by the system (signal 9)"


def test_a_trainer_has_its_own_session_no_stdin_and_its_log(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "random.py").write_text("raise SystemExit('shadowed')")
    process = launch(run, Path("step-000001.safetensors"), module=STAND_IN)
    assert process.wait(60) == 0
    checkpoint = str(tmp_path / "step-000001.safetensors")
    assert tail_log(run, 50) == [
        f"arguments {[str(run.path), '--resume', checkpoint]}",
        "session True",
        "stdin ''",
        "here in path False",
        "over",
    ]


@pytest.mark.parametrize(
    ("how", "what", "sentence"),
    [
        ("kill", f"{OOM}, likely for want of memory", f"the trainer was {OOM}"),
        (
            "raise",
            "MemoryError: no memory for 3 tensors",
            "the trainer ended: MemoryError: no memory for 3 tensors",
        ),
        (
            "say",
            "the data is gone; nothing was trained",
            "the trainer ended: the data is gone; nothing was trained",
        ),
    ],
)
def test_how_a_real_process_ended_is_told(
    run: Run, how: str, what: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN", how)
    process = launch(run, None, module=STAND_IN)
    process.wait(60)
    cause = cause_of_death(process.returncode, tail_log(run, 20))
    assert (cause.what, cause.sentence) == (what, sentence)
    assert f"{cause}" == what


def test_the_log_of_an_earlier_trainer_is_not_this_ones(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN", "raise")
    launch(run, None, module=STAND_IN).wait(60)
    monkeypatch.setenv("STAND_IN", "")
    launch(run, None, module=STAND_IN).wait(60)
    assert cause_of_death(0, tail_log(run, 50)).what == "ended without a word"
    assert run.log_path.read_text().count("== trainer started ") == 2
    assert "MemoryError" in run.log_path.read_text()


SEGV, TERM = "(SIGSEGV, signal 11)", "by SIGTERM (signal 15)"
NO_MEMORY = "a.b.OutOfMemoryError: CUDA"
TRACEBACK = f"Traceback (most recent call last):\n  File x\n{NO_MEMORY}\nsee: docs"
NOBODY = "ended, nobody saw how; the system may have killed it for want of memory"


@pytest.mark.parametrize(
    ("code", "log", "cause"),
    [
        (-11, "", (f"crashed {SEGV}", f"the trainer crashed {SEGV}", f"trainer crashed {SEGV}")),
        (-15, "", (f"ended {TERM}", f"the trainer was ended {TERM}", f"trainer was ended {TERM}")),
        (
            -9,
            "gan-tui: earlier trouble",
            (f"{OOM}, likely for want of memory", f"the trainer was {OOM}", "trainer killed (signal 9)"),
        ),
        (
            1,
            "ValueError: printed, not raised",
            (
                "ended with exit status 1",
                "the trainer ended with exit status 1",
                "trainer ended (exit status 1)",
            ),
        ),
        (None, "step 5", (NOBODY, "the trainer is gone", "trainer gone")),
        (None, "gan-tui: no disk", ("no disk", "the trainer ended: no disk", "trainer ended with an error")),
        (1, TRACEBACK, (NO_MEMORY, f"the trainer ended: {NO_MEMORY}", "trainer ended with an error")),
    ],
)
def test_causes(code: int | None, log: str, cause: tuple[str, str, str]) -> None:
    assert cause_of_death(code, log) == Cause(*cause)


def test_an_unknown_signal_has_a_sentence() -> None:
    assert "signal 99" in cause_of_death(-99).sentence


def test_a_log_of_any_size_and_content_is_printable(run: Run) -> None:
    assert tail_log(run, 5) == []
    run.log_path.write_bytes(b"\xff\x00\x1b]0;title\x07\x9b31m" * 100_000 + b"\nlast \x07line\n\n  \n")
    lines = tail_log(run, 2)
    assert lines[-1] == "last �line"
    assert all(line.isprintable() and len(line) <= 500 for line in lines)
    assert tail_log(run, 0) == []


def test_a_log_that_cannot_be_written_is_one_sentence(run: Run) -> None:
    run.log_path.mkdir()
    with pytest.raises(RunError, match="cannot be started"):
        launch(run, None, module=STAND_IN)


def test_an_interpreter_that_is_gone_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(RunError, match="cannot be started"):
        launch(run, None, module=STAND_IN)
