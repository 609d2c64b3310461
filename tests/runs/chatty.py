"""A trainer that only talks, much; started as a module by the tests of its log.

``CHATTY``: bytes of the log at most. ``CHATTY_DISK``: set to anything, nothing can be written anew.
"""

import logging
import os
import sys
from pathlib import Path

from gan_tui.runs import log_file
from gan_tui.runs.log_file import LogHandler
from gan_tui.runs.run import Run

LINES = 5_000
LOG = logging.getLogger("chatty")


def refuse(path: Path, content: bytes) -> None:
    raise OSError(28, "No space left on device", str(path), None, str(len(content)))


if __name__ == "__main__":
    if "CHATTY_DISK" in os.environ:
        log_file.atomic_write_bytes = refuse
    run = Run(Path(sys.argv[1]))
    handler = LogHandler(run.log_path, int(os.environ["CHATTY"]))
    logging.basicConfig(handlers=[handler], format="%(message)s", level=logging.INFO)
    largest = 0
    for number in range(LINES):
        LOG.info("line %d", number)
        largest = max(largest, run.log_path.stat().st_size)
        if number % 1_000 == 999:
            sys.stdout.write(f"stdout at {number}\n")
            sys.stdout.flush()
            os.write(2, b"a library's complaint\n")
    LOG.info("largest %d", largest)
    sys.stderr.write("gan-tui: that was all\n")
    sys.exit(1)
