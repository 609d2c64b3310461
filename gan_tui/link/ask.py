"""One question and its answer, for commands that watch nothing."""

import time

from gan_tui.link.client import Client
from gan_tui.link.commands import AnyCommand
from gan_tui.link.endpoints import Endpoints
from gan_tui.link.messages import Reply


def ask(endpoints: Endpoints, command: AnyCommand, timeout: float = 10.0) -> Reply | None:
    """Send one command and wait for its answer.

    Args:
        endpoints: the run's sockets.
        command: what to ask.
        timeout: seconds; where no trainer is there, a Refused comes after
            :data:`gan_tui.link.client.HOLD` seconds.

    Returns:
        The answer, or None when the time is up.
    """
    client = Client(endpoints, watching=False)
    try:
        number = client.send(command)
        deadline = time.monotonic() + timeout
        while (remaining := deadline - time.monotonic()) > 0:
            for record in client.receive(remaining):
                if getattr(record, "id", None) == number:
                    return record  # type: ignore[return-value]  # only answers have an id
        return None
    finally:
        client.close()
