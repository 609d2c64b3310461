"""``gan-tui bench`` as it is shipped, on small work."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from gan_tui.bench.plan import RATIO_KEYS, RECIPE_ORDER
from gan_tui.cli import bench as bench_module
from gan_tui.config.errors import GanTuiError

BENCH = [sys.executable, "-m", "gan_tui", "bench"]
SMALL = [
    "--quick",
    "--recipe",
    "swift",
    "--set",
    "d_batch=4",
    "--set",
    "g_batch=4",
    "--threads",
    "1",
    "--seconds",
    "0.5",
]
HEEDING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Starts a command that heeds Ctrl+C though these tests were started in the background, where none does."""
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def bench(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*BENCH, *arguments], capture_output=True, text=True, check=False, timeout=170, env=ENVIRONMENT
    )


def test_a_quick_measurement_prints_the_object_alone(tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    done = bench(*SMALL, "--json", "--peers", "plain,as_written_with_data", "--out", str(out))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == json.loads(out.read_text())
    assert found["machine"]["device"] == "cpu"
    swift = found["recipes"]["swift"]
    assert list(found["recipes"]) == ["swift"]
    assert swift["step_ms"] > 0
    assert 0 < swift["limit_share"] < 1
    assert swift["ratio_plain"] > 0
    assert swift["ratio_as_written_with_data"] > 0
    assert [swift[RATIO_KEYS[peer]] for peer in ("as_written", "compiled", "jax_scan")] == [None] * 3
    assert found["skipped"] == []
    assert found["made"]["command"].startswith("gan-tui bench --quick")
    assert "ours, 1 thread" in done.stderr


def test_without_json_there_is_a_table() -> None:
    done = bench(*SMALL, "--peers", "plain", "--ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "swift" in done.stdout
    assert "limit" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--peers", "plain,fortran"], "there is no 'fortran'"),
        (["--recipe", "fast"], "there is no 'fast'"),
        (["--set", "d_batch"], "FIELD=VALUE"),
        (["--set", "d_batch=1"], "d_batch"),
        (["--seconds", "0"], "--seconds"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], words: str) -> None:
    done = bench(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_data_that_is_not_there_is_one_sentence() -> None:
    done = bench(*SMALL, "--data", "/no/such/file")
    assert done.returncode == 1
    assert "/no/such/file" in done.stderr.strip().splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_file_that_could_not_be_written_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    done = bench(*SMALL, "--out", str(tmp_path / "absent" / "result.json"))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.strip().endswith("cannot be written: No such file or directory; nothing was measured")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_result_that_cannot_be_written_is_printed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "results" / "result.json"
    out.parent.mkdir()

    class Vanishing:
        """Measures nothing; meanwhile somebody removes the folder."""

        def __init__(self, *_: object) -> None:
            out.parent.rmdir()

        def run(self, _: object) -> None:
            """Nothing is done."""

    monkeypatch.setattr(bench_module, "Supervisor", Vanishing)
    before = signal.getsignal(signal.SIGTERM)
    try:
        done = CliRunner().invoke(bench_module.command, ["--json", "--out", str(out)])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert isinstance(done.exception, GanTuiError)
    assert "cannot be written" in str(done.exception)
    assert list(json.loads(done.stdout)["recipes"]) == list(RECIPE_ORDER)


def test_ctrl_c_ends_with_one_sentence_and_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HEEDING, *BENCH, *SMALL, "--peers", "as_written", "--seconds", "60"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ENVIRONMENT, "TMPDIR": str(tmp_path)},
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "in turns" in line:
            break
    assert list(tmp_path.rglob("data.mat")), "the peer's data set, while it trains"
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.strip().splitlines()[-1] == "gan-tui: interrupted"
    assert "Traceback" not in err
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    assert not list(tmp_path.rglob("*.mat"))
