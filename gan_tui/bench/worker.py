"""Where the measuring process begins: ``python -m gan_tui.bench.worker FD``, its job on standard input."""

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from gan_tui.bench.deadline import Deadline
from gan_tui.bench.messages import Message, Said
from gan_tui.bench.plan import Chosen, Options, Task

ENDED: Final = 143
"""Exit status after SIGTERM, as shells have it."""


class Job(msgspec.Struct, frozen=True):
    """What the process is to do.

    Attributes:
        options: what was asked for. tasks: place in the plan → task.
        seconds: until the deadline; None: there is none. look: whether the machine is to be told.
        chosen: recipe → what was chosen for it before.
    """

    options: Options
    tasks: list[tuple[int, Task]]
    seconds: float | None
    look: bool
    chosen: dict[str, Chosen] = {}


def work(job: Job, out: BinaryIO) -> None:
    """Do the job; messages go to ``out``, a line each."""
    deadline = Deadline(job.seconds)
    encoder = msgspec.json.Encoder()

    def tell(message: Message) -> None:
        out.write(encoder.encode(message) + b"\n")
        out.flush()

    tell(Said("loading"))
    from gan_tui.bench.session import Session  # noqa: PLC0415 - takes seconds, and something is told before
    from gan_tui.data import load  # noqa: PLC0415 - as above

    data = job.options.data
    session = Session(
        job.options, load(data if data is None else Path(data)), deadline, tell, chosen=job.chosen
    )
    if job.look:
        session.look()
    for index, task in job.tasks:
        session.do(index, task)


def main() -> None:
    """Do what standard input says; messages go to the file descriptor that the argument names.

    SIGTERM unwinds what is being done, so that trainers end, and files go.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(ENDED))
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    with os.fdopen(int(sys.argv[1]), "wb") as out:
        work(job, out)


if __name__ == "__main__":
    main()
