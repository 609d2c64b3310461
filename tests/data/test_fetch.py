"""Fetching from servers of this machine: mirrors, checksums, the cache, and no net at all."""

import dataclasses
import gzip
import hashlib
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_tui.data import DataError, download, fetch, fingerprint, load, sources
from gan_tui.data.sources import SOURCES, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, cache_folder
from tests.data.builders import idx_bytes, small

IMAGES, LABELS = small(2, 28, 28)
FILES = {
    TRAIN_IMAGES: gzip.compress(idx_bytes(IMAGES)),
    TRAIN_LABELS: gzip.compress(idx_bytes(LABELS)),
    TEST_IMAGES: gzip.compress(idx_bytes(IMAGES[::-1].copy())),
    TEST_LABELS: gzip.compress(idx_bytes(LABELS[::-1].copy())),
}


class Server:
    """Serves FILES below /good/, other bytes below /changed/, half a file below /cut/; else nothing."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                _, place, name = self.path.split("/")
                if place not in ("good", "changed", "cut"):
                    self.send_error(404)
                    return
                data = FILES[name] if place != "changed" else b"something else"
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) // 2] if place == "cut" else data)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.server.shutdown()
    running.server.server_close()


def mirrors(monkeypatch: pytest.MonkeyPatch, *urls: str) -> None:
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    changed = dataclasses.replace(SOURCES["mnist"], mirrors=urls, files=sums)
    monkeypatch.setitem(SOURCES, "mnist", changed)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_fetch_and_load(
    monkeypatch: pytest.MonkeyPatch, server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    mirrors(monkeypatch, server.url + "good/")
    assert not sources.is_fetched("mnist")
    folder = fetch("mnist")
    assert folder == cache_folder("mnist")
    assert sorted(file.name for file in folder.iterdir()) == sorted(FILES)
    assert load(None).fingerprint == load("mnist").fingerprint == load(folder, "test").fingerprint
    assert load(None).fingerprint == fingerprint(IMAGES, LABELS)
    asked = len(server.asked)
    assert fetch("mnist") == folder
    assert len(server.asked) == asked == 4, "what is in the cache is not asked for again"
    assert capfd.readouterr() == ("", ""), "no terminal, no bar"


def test_a_bar_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    mirrors(monkeypatch, server.url + "good/")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    fetch("mnist")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("100%") >= 4


def test_a_damaged_file_in_the_cache_is_fetched_again(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    mirrors(monkeypatch, server.url + "good/")
    file = fetch("mnist") / TRAIN_LABELS
    file.write_bytes(b"damaged")
    fetch("mnist")
    assert file.read_bytes() == FILES[TRAIN_LABELS]
    assert len(server.asked) == 5


@pytest.mark.parametrize("first", ["missing/", "changed/", "cut/"])
def test_the_next_mirror(monkeypatch: pytest.MonkeyPatch, server: Server, first: str) -> None:
    mirrors(monkeypatch, server.url + first, server.url + "good/")
    folder = fetch("mnist", progress=False)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == FILES


def test_another_checksum(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    mirrors(monkeypatch, server.url + "changed/", server.url + "missing/")
    with pytest.raises(DataError, match=r"published checksum at 127\.0\.0\.1;.*embedded 5,000") as caught:
        fetch("mnist")
    assert str(caught.value).isprintable()
    assert list(cache_folder("mnist").iterdir()) == [], "nothing of it is kept"


def test_no_net(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mirrors(monkeypatch, f"http://127.0.0.1:{port}/", "http://no-such-host.invalid/")
    with pytest.raises(
        DataError, match=r"reaches none of 127\.0\.0\.1, no-such-host\.invalid;.*embedded 5,000 MNIST digits"
    ) as caught:
        fetch("mnist")
    assert str(caught.value).isprintable()


def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_TIMEOUT", (0.3, 0.3))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mirrors(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        with pytest.raises(DataError, match="was not downloaded"):
            fetch("mnist")


def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    mirrors(monkeypatch, server.url + "good/")
    folder = cache_folder("mnist")
    folder.parent.parent.mkdir(parents=True)
    folder.parent.write_text("a file where the folder should be")
    with pytest.raises(DataError, match="cannot be kept in"):
        fetch("mnist")


def test_unknown_names() -> None:
    with pytest.raises(DataError, match=r"'cifar'.*mnist, fashion, kmnist"):
        fetch("cifar")
    with pytest.raises(DataError, match="Kuzushiji-MNIST is not here yet: `gan-tui data fetch kmnist`"):
        load("kmnist")


def test_the_table_is_whole() -> None:
    assert set(SOURCES) == {"mnist", "fashion", "kmnist"}
    for source in SOURCES.values():
        assert len(source.mirrors) >= 2
        assert all(mirror.startswith("http") and mirror.endswith("/") for mirror in source.mirrors)
        assert set(source.files) == set(FILES)
        assert all(len(sum_) == 64 and int(sum_, 16) for sum_ in source.files.values())
    assert len({sum_ for source in SOURCES.values() for sum_ in source.files.values()}) == 12
    assert isinstance(cache_folder("mnist"), Path)
