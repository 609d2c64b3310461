"""Fixtures of the data's tests."""

import os
from collections.abc import Iterator

import pytest

from gan_tui.data import matread
from tests.data.forks import ForkServer


@pytest.fixture(scope="session")
def fork_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    server = ForkServer(tmp_path_factory.mktemp("forks"))
    yield server
    server.close()


@pytest.fixture
def fast_readers(fork_server: ForkServer, monkeypatch: pytest.MonkeyPatch) -> ForkServer:
    """Readers of MATLAB files are forked in milliseconds instead of started in half a second."""
    fork_server.codes.clear()
    monkeypatch.setattr(matread, "start", fork_server.start)
    return fork_server
