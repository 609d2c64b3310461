"""Let a server and clients exchange messages in one thread until something has come."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gan_tui.link.client import Client
from gan_tui.link.commands import AnyCommand
from gan_tui.link.messages import Applied, Down, Reply, Telemetry, Welcome
from gan_tui.link.server import Server, Token

PATIENCE = 20.0


def telemetry(seq: int) -> Telemetry:
    return Telemetry(seq=seq, time=0.0, step=seq, d_updates=seq, g_updates=seq, epoch=0.0, elapsed=0.0)


def until(condition: Callable[[], object], pump: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        pump()
        assert time.monotonic() < deadline, "waited in vain"


def receive_until(
    client: Client, wanted: Callable[[Down | Reply], bool], pump: Callable[[], object] = lambda: None
) -> list[Down | Reply]:
    """All that came, up to and with the batch in which something wanted was."""
    got: list[Down | Reply] = []

    def step() -> None:
        pump()
        got.extend(client.receive(0.02))

    until(lambda: any(wanted(record) for record in got), step)
    return got


def greeted(client: Client, server: Server) -> None:
    """The client has its welcome, and its subscription is known to the server."""
    receive_until(client, lambda record: isinstance(record, Welcome), lambda: server.poll(0))
    seen: list[Down | Reply] = []

    def step() -> None:
        server.poll(0)
        server.publish(telemetry(-1))
        seen.extend(client.receive(0.02))

    until(lambda: any(isinstance(record, Telemetry) for record in seen), step)
    while any(isinstance(record, Telemetry) for record in client.receive(0.05)):
        pass


@contextmanager
def serving(server: Server, answer: Callable[[Token, AnyCommand], Reply] | None = None) -> Iterator[None]:
    """Poll and answer in a thread of its own, which alone uses the server meanwhile."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            for token, command in server.poll(0.02):
                reply = Applied(id=token.id, step=7) if answer is None else answer(token, command)
                server.answer(token, reply)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
