"""A home of its own for the program: folders, environment, command line, and an end for every process."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

PATIENCE: Final = 60.0
"""Seconds that anything may take on a busy machine; tests never wait that long when all is well."""
POLL: Final = 0.05
"""Seconds between two looks."""
SMALL: Final = (
    "--recipe swift --d-batch 8 --g-batch 8 --threads 1 --precision fp32 --device cpu --no-judge --steps 0 "
    "--checkpoint-every 0 --tensorboard-every 0"
)
"""Options of a training that starts fast, leaves a core to the viewer, and goes on until told."""


def wait_for(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Look until the condition gives something true; returns it.

    Raises:
        AssertionError: it did not within the patience.
    """
    end = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"not within {patience:.0f} s: {what}"
        time.sleep(POLL)


class House:
    """Private HOME, XDG folders and working folder; every process started in it ends with it."""

    def __init__(self) -> None:
        # A Unix socket's path is short, so pytest's own long temporary folders will not do.
        self.root = Path(tempfile.mkdtemp(prefix="gtt-"))
        self.work = self.root / "work"
        self.work.mkdir()
        self.bin = self.root / "bin"
        self.bin.mkdir()
        installed = Path(sys.executable).with_name("gan-tui")
        program = self.bin / "gan-tui"
        if installed.exists():
            program.symlink_to(installed)
        else:
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gan_tui "$@"\n')
            program.chmod(0o755)
        self.data = self.root / "tiny.npz"
        write_tiny_data(self.data)
        runtime = self.root / "run"
        runtime.mkdir(mode=0o700)
        self.environment = {
            "HOME": str(self.root),
            "PATH": f"{self.bin}:{os.environ.get('PATH', '')}",
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CACHE_HOME": str(self.root / "cache"),
            "XDG_CONFIG_HOME": str(self.root / "config"),
            "XDG_STATE_HOME": str(self.root / "state"),
            "XDG_DATA_HOME": str(self.root / "data"),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "OMP_NUM_THREADS": "1",
            "PS1": "sh> ",
            "SHELL": "/bin/bash",
        }

    def run_line(self, name: str, more: str = "") -> str:
        """What is typed to start a small training of that name."""
        return f"gan-tui run --name {name} --data {self.data} {SMALL} {more}"

    def cli(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the program without a terminal."""
        return subprocess.run(
            [str(self.bin / "gan-tui"), *arguments],
            cwd=self.work,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE + 30,
            check=False,
        )

    def runs(self) -> dict[str, dict[str, Any]]:
        """What ``gan-tui runs --json`` says, by name."""
        answer = self.cli("runs", "--json")
        assert answer.returncode == 0, answer.stderr
        return {run["name"]: run for run in json.loads(answer.stdout)}

    def run(self, name: str) -> dict[str, Any]:
        """One of them."""
        return self.runs()[name]

    def folder(self, name: str) -> Path:
        """A run's folder."""
        return self.work / "checkpoints" / name

    def trainer(self, name: str) -> int:
        """The pid of a run's trainer, as its manifest has it."""
        pid = json.loads((self.folder(name) / "run.json").read_text())["pid"]
        assert isinstance(pid, int)
        return pid

    def goes_on(self, name: str, past: int) -> int:
        """Wait until the trainer is beyond a step, seen from outside; returns the step."""

        def later() -> int:
            run = self.run(name)
            assert psutil.pid_exists(run["pid"] or -1), f"the trainer of {name} is gone: {run}"
            return int(run["step"]) if run["step"] > past else 0

        return int(wait_for(later, f"{name} trains on past step {past}"))

    def processes(self) -> Iterator[psutil.Process]:
        """All processes that live in this house: their HOME is here."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get("HOME") == str(self.root):
                    yield process

    def close(self) -> None:
        """End every process (trainers are sessions of their own) and remove the folders."""
        for _ in range(3):
            left = list(self.processes())
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(left, timeout=5)
        shutil.rmtree(self.root, ignore_errors=True)


def write_tiny_data(path: Path) -> None:
    """400 images of 28×28 in ten classes, as Keras writes them: a bar in another place for each class."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(10, dtype=np.uint8), 40)
    images = np.zeros((400, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        x = 4 + 2 * int(label)
        image[4:24, x : x + 3] = random.integers(160, 255)
    np.savez(path, x_train=images, y_train=labels, x_test=images[::8], y_test=labels[::8])
