import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gan_tui.link.client import Client
from gan_tui.link.endpoints import Endpoints
from gan_tui.link.messages import PROTOCOL, Welcome
from gan_tui.link.server import Server


def welcome(number: int) -> Welcome:
    return Welcome(id=number, protocol=PROTOCOL, version="test", run="run")


@pytest.fixture
def endpoints() -> Iterator[Endpoints]:
    with tempfile.TemporaryDirectory(prefix="gt-") as folder:  # short: a socket's path has 107 bytes at most
        yield Endpoints(stream=str(Path(folder) / "a.stream"), commands=str(Path(folder) / "a.commands"))


@pytest.fixture
def server(endpoints: Endpoints) -> Iterator[Server]:
    made = Server(endpoints, welcome)
    yield made
    made.close()


@pytest.fixture
def client(endpoints: Endpoints) -> Iterator[Client]:
    made = Client(endpoints)
    yield made
    made.close()


@pytest.fixture
def new_client(endpoints: Endpoints) -> Iterator[Callable[[], Client]]:
    made: list[Client] = []

    def make() -> Client:
        made.append(Client(endpoints))
        return made[-1]

    yield make
    for one in made:
        one.close()
