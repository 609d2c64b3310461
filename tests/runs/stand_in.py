"""A trainer that only says what it was given; started as a module by the tests of launching."""

import os
import sys
from pathlib import Path
from typing import TextIO


def say(text: str, stream: TextIO = sys.stdout) -> None:
    stream.write(f"{text}\n")
    stream.flush()


if __name__ == "__main__":
    say(f"arguments {sys.argv[1:]}")
    say(f"session {os.getsid(0) == os.getpid()}")
    say(f"stdin {sys.stdin.read()!r}")
    say(f"here in path {str(Path.cwd()) in sys.path or '' in sys.path}")
    say("\x1b[31mred\x1b[0m\rover", sys.stderr)
    how = os.environ.get("STAND_IN", "")
    if how == "kill":
        os.kill(os.getpid(), 9)
    if how == "raise":
        raise MemoryError("no memory for 3 tensors")
    if how == "say":
        say("gan-tui: the data is gone; nothing was trained", sys.stderr)
        sys.exit(1)
