"""The measuring process when it is ended from outside."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from gan_tui.bench.environment import FOLDER
from gan_tui.bench.messages import Compared, Message
from gan_tui.bench.plan import Options, Task
from gan_tui.bench.worker import ENDED, Job


def test_sigterm_lets_the_peers_put_away_their_files(tmp_path: Path) -> None:
    values: dict[str, int | float | str | bool] = {"d_batch": 4, "g_batch": 4, "precision": "fp32"}
    options = Options(recipes=("swift",), threads=1, device="cpu", values=values)
    task = Task(kind="compare", recipe="swift", peers=("as_written",), budget=600, least=1, limit=600)
    environment = {name: value for name, value in os.environ.items() if name != FOLDER}
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "gan_tui.bench.worker", str(writing)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(writing,),
        env={**environment, "TMPDIR": str(tmp_path), "OMP_NUM_THREADS": "1"},
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert process.stdin is not None
        with process.stdin as given:
            given.write(msgspec.json.encode(Job(options, [(0, task)], None, False)))
        for line in pipe:
            message = msgspec.json.decode(line, type=Message)  # type: ignore[arg-type]  # a union is good, too
            if isinstance(message, Compared) and message.peers:
                break
        assert list(tmp_path.rglob("data.mat")), "the data set as the article's file has it"
        process.send_signal(signal.SIGTERM)
        pipe.read()
    assert process.wait(60) == ENDED
    assert not list(tmp_path.rglob("data.mat"))
