"""The shipped program without a screen: a real trainer, real files, exit statuses for scripts."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

PROGRAM = str(Path(sys.executable).with_name("gan-tui"))
FIELDS = {
    "name", "path", "state", "step", "d_updates", "g_updates", "steps_per_second", "ratio", "recipe",
    "device", "pid", "viewers", "checkpoint", "started_at", "updated_at",
}  # fmt: skip


class Bench:
    """A folder with a small data set, and the program in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runs = folder, folder / "runs"
        images = np.random.default_rng(0).integers(0, 255, (200, 28, 28), dtype=np.uint8)
        np.savez(folder / "small.npz", x_train=images, y_train=np.arange(200) % 10)
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        small = ["--data", "small.npz", "--recipe", "swift", "--d-batch", "8", "--g-batch", "8", "--no-judge"]
        command = [PROGRAM, "run", "--headless", *small, "--runs-dir", str(self.runs), *arguments]
        pipe = subprocess.PIPE
        self._started.append(subprocess.Popen(command, cwd=self.folder, stdout=pipe, stderr=pipe, text=True))
        return self._started[-1]

    def ask(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [PROGRAM, *arguments, "--runs-dir", str(self.runs)]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=90
        )

    def close(self) -> None:
        for manifest in self.runs.glob("*/run.json"):
            pid = json.loads(manifest.read_text()).get("pid")
            if isinstance(pid, int) and pid > 0 and psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)
        for process in self._started:
            process.kill()
            process.communicate()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def wait_for_a_step(process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("step"):
            return
    pytest.fail("the run ended before its first step")


def test_a_run_to_its_end(bench: Bench) -> None:
    out, err = bench.start("--steps", "6", "--name", "six").communicate(timeout=120)
    assert out == f"{bench.runs / 'six'}\n", err
    (run,) = json.loads(bench.ask("runs", "--json").stdout)
    assert set(run) == FIELDS
    assert (run["state"], run["step"], run["ratio"], run["recipe"]) == ("finished", 6, [1, 1], "swift")
    done = bench.ask("sample", "six", "-n", "20", "--npz", "drawn.npz")
    assert done.returncode == 0, done.stderr
    with np.load(bench.folder / "drawn.npz") as drawn:
        assert (drawn["samples"].dtype, drawn["samples"].shape) == (np.uint8, (20, 28, 28))
        assert (drawn["z"].dtype, drawn["z"].shape) == (np.float32, (20, 64))
        assert np.bincount(drawn["labels"]).tolist() == [2] * 10


def test_control_c_saves_and_says_so_by_its_exit_status(bench: Bench) -> None:
    process = bench.start("--steps", "0", "--name", "mine")
    wait_for_a_step(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == f"{bench.runs / 'mine'}\n"
    assert list((bench.runs / "mine" / "checkpoints").glob("step-*.safetensors"))


def test_stop_from_elsewhere_and_go_on(bench: Bench) -> None:
    process = bench.start("--steps", "0", "--name", "far")
    wait_for_a_step(process)
    done = bench.ask("stop", "far")
    assert done.returncode == 0, done.stderr
    assert "saved. Go on: gan-tui --resume far" in done.stdout
    process.communicate(timeout=60)
    assert process.returncode == 0
    (stopped,) = json.loads(bench.ask("runs", "--json").stdout)
    again = bench.ask("run", "--headless", "--resume", "far", "--steps", str(stopped["step"] + 3))
    assert again.returncode == 0, again.stderr
    (run,) = json.loads(bench.ask("runs", "--json").stdout)
    assert (run["state"], run["step"]) == ("finished", stopped["step"] + 3)


def test_mistakes_leave_no_run_behind(bench: Bench) -> None:
    process = bench.start("--data", "absent.npz", "--networks", "nope")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "there is no absent.npz" in err
    assert "--networks: expected article" in err
    assert not bench.runs.exists() or not list(bench.runs.iterdir())


def test_a_run_cannot_go_on_with_other_networks(bench: Bench) -> None:
    bench.start("--steps", "2", "--name", "two").communicate(timeout=120)
    done = bench.ask("run", "--headless", "--resume", "two", "--recipe", "labelled")
    assert done.returncode == 2
    assert "--recipe: two is trained by 'swift'" in done.stderr
