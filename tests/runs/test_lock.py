import subprocess
import sys
from collections.abc import Iterator

import pytest

from gan_tui.runs import lock
from gan_tui.runs.errors import RunError
from gan_tui.runs.lock import RunLock, is_live
from gan_tui.runs.run import Run

HOLDER = """
import sys
from pathlib import Path
from gan_tui.runs.lock import RunLock
from gan_tui.runs.run import Run
with RunLock(Run(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(run: Run) -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"held\n"
    yield child
    child.kill()
    child.communicate()


def test_a_second_trainer_is_refused(
    run: Run, holder: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    assert is_live(run)
    with pytest.raises(RunError, match="is being trained already"):
        RunLock(run).acquire()
    assert holder.poll() is None


def test_the_lock_goes_with_its_process_however_it_ends(run: Run, holder: "subprocess.Popen[bytes]") -> None:
    holder.kill()
    holder.wait()
    assert not is_live(run)
    with RunLock(run) as taken:
        assert taken.held
        assert is_live(run)
    assert not taken.held
    assert not is_live(run)
    taken.release()


def test_a_run_that_was_never_trained_is_not_live(run: Run) -> None:
    assert not is_live(run)
    assert not run.lock_path.exists()


def test_somebody_who_only_looks_does_not_hinder_a_trainer(run: Run) -> None:
    import fcntl

    run.lock_path.touch()
    with run.lock_path.open("rb") as looking:
        fcntl.flock(looking.fileno(), fcntl.LOCK_SH)
        import threading

        timer = threading.Timer(0.1, lambda: fcntl.flock(looking.fileno(), fcntl.LOCK_UN))
        timer.start()
        with RunLock(run):
            timer.join()


def test_a_folder_that_is_gone_is_one_sentence(run: Run) -> None:
    gone = Run(run.path / "gone")
    assert not is_live(gone)
    with pytest.raises(RunError, match="cannot be made"):
        RunLock(gone).acquire()
