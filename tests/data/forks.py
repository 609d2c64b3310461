"""A process that has SciPy loaded and forks a reader of a MATLAB file in milliseconds, to test hundreds.

The program itself starts a fresh Python a file (`gan_tui.data.matread.start`); the forked reader runs the
same code (`gan_tui.data.matchild.answer`) under the same limits.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_SERVER = """
import json, os, signal, sys
from gan_tui.data import matchild
for line in sys.stdin:
    job = json.loads(line)
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        code = 1
        try:
            with open(job["out"], "wb") as out:
                matchild.answer(job["request"], out)
            code = 0
        finally:
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class ForkServer:
    """Starts readers; `start` stands in for `gan_tui.data.matread.start`."""

    def __init__(self, folder: Path) -> None:
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self.out = folder / "answer"
        self.codes: list[int] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def run(self, request: dict[str, Any]) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"request": request, "out": str(self.out)}) + "\n")
        self.process.stdin.flush()
        self.codes.append(int(self.process.stdout.readline()))
        return self.codes[-1]

    def start(self) -> "Reader":
        return Reader(self)

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


class Reader:
    """One forked reader, with the part of Popen that is used; it runs when its stdin is closed."""

    def __init__(self, server: ForkServer) -> None:
        self.server, self.code = server, 0
        server.out.write_bytes(b"")
        self.stdin, self.stdout = self, server.out.open("rb")

    def write(self, data: bytes) -> None:
        self.request = json.loads(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.code = self.server.run(self.request)

    def wait(self, timeout: float | None = None) -> int:  # noqa: ARG002 - it has ended already
        return self.code

    def kill(self) -> None:
        pass
