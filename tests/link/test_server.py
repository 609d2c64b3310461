import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import zmq

from gan_tui.link import server as server_module
from gan_tui.link.client import Client
from gan_tui.link.commands import Hello, Pause, Stop
from gan_tui.link.endpoints import MAX_SOCKET_PATH, Endpoints
from gan_tui.link.errors import LinkError
from gan_tui.link.messages import Applied, Goodbye, Refused, Samples, Welcome
from gan_tui.link.server import Server
from gan_tui.link.wire import MAX_COMMAND, decode_reply, encode, encode_id
from tests.link.conftest import welcome
from tests.link.talk import greeted, receive_until, telemetry, until

SUBSCRIBER = """
import sys
from gan_tui.link.client import Client
from gan_tui.link.endpoints import Endpoints
from gan_tui.link.messages import Telemetry
client = Client(Endpoints(sys.argv[1], sys.argv[2]))
while True:
    for record in client.receive(0.1):
        if isinstance(record, Telemetry):
            print(record.seq, flush=True)
"""


def test_the_socket_files_are_private_and_gone_after_closing(endpoints: Endpoints) -> None:
    server = Server(endpoints, welcome)
    for path in (endpoints.stream, endpoints.commands):
        mode = Path(path).stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
    server.close()
    server.close()
    assert list(Path(endpoints.stream).parent.iterdir()) == []


def test_what_a_dead_trainer_left_is_replaced(endpoints: Endpoints, client: Client) -> None:
    for path in (endpoints.stream, endpoints.commands):
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(path)
    server = Server(endpoints, welcome)
    receive_until(client, lambda record: isinstance(record, Welcome), lambda: server.poll(0))
    server.close()


def test_a_folder_that_others_can_enter_is_refused(endpoints: Endpoints) -> None:
    Path(endpoints.stream).parent.chmod(0o755)
    with pytest.raises(LinkError, match="no private folder"):
        Server(endpoints, welcome)


@pytest.mark.parametrize("path", ["relative.stream", "/nowhere/x", "/" + "x" * MAX_SOCKET_PATH, "/a\0b"])
def test_paths_that_no_socket_can_have_are_not_usable(path: str) -> None:
    assert not Endpoints(path, path).usable()


def test_a_socket_that_cannot_be_bound_is_one_sentence(endpoints: Endpoints) -> None:
    Path(endpoints.commands).mkdir()
    with pytest.raises(LinkError, match="cannot be made"):
        Server(endpoints, welcome)


def test_commands_of_several_viewers_are_answered_to_the_right_one(
    server: Server, new_client: Callable[[], Client]
) -> None:
    clients = [new_client() for _ in range(3)]
    sent = [[client.send(Pause()) for _ in range(5)] for client in clients]
    taken = []
    answers: list[list[object]] = [[] for _ in clients]

    def step() -> None:
        taken.extend(server.poll(0.01))
        for client, got in zip(clients, answers, strict=True):
            got.extend(record for record in client.receive(0) if isinstance(record, Applied))

    until(lambda: len(taken) == 15, step)
    owners = {token.identity for token, _ in taken}
    for token, _ in reversed(taken):
        server.answer(token, Applied(id=0, step=sorted(owners).index(token.identity)))
    until(lambda: all(len(got) == 5 for got in answers), step)
    for ids, got in zip(sent, answers, strict=True):
        assert sorted(reply.id for reply in got) == ids  # type: ignore[attr-defined]  # filtered above
    assert {frozenset(reply.step for reply in got) for got in answers} == {  # type: ignore[attr-defined]
        frozenset([0]), frozenset([1]), frozenset([2])
    }  # fmt: skip


def test_poll_waits_for_a_command_no_longer_than_needed(server: Server, client: Client) -> None:
    greeted(client, server)
    client.send(Stop())
    client.receive(0)
    begin = time.monotonic()
    until(lambda: server.poll(10.0), lambda: None)
    assert time.monotonic() - begin < 5


def test_poll_gives_up_when_the_time_is_over(server: Server) -> None:
    begin = time.monotonic()
    assert server.poll(0.1) == []
    assert 0.09 <= time.monotonic() - begin < 5


def test_viewers_are_counted_and_forgotten(
    server: Server, new_client: Callable[[], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = new_client(), new_client()
    greeted(first, server)
    greeted(second, server)
    assert server.viewers == 2
    second.close()
    until(lambda: server.viewers == 1, lambda: server.poll(0.01))
    monkeypatch.setattr(server_module, "VIEWER_TIMEOUT", -1.0)
    assert server.viewers == 0


def test_tools_that_only_ask_are_no_viewers(server: Server, endpoints: Endpoints) -> None:
    tool = Client(endpoints, watching=False)
    greeted(tool, server)
    assert server.viewers == 0
    tool.close()


def test_garbage_is_answered_or_dropped_and_the_server_lives(server: Server, endpoints: Endpoints) -> None:
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    dealer.connect(endpoints.addresses[1])
    dealer.send_multipart([b""])
    dealer.send_multipart([b"x"] * 9)
    dealer.send_multipart([b"1234567", encode(Pause())])
    dealer.send_multipart([b"\xff" * 8, encode(Pause())])
    dealer.send_multipart([encode_id(5), b"\xc1garbage"])
    dealer.send_multipart([encode_id(6), encode(Pause())])
    taken: list[object] = []
    until(lambda: taken, lambda: taken.extend(server.poll(0.02)))
    assert len(taken) == 1
    until(lambda: dealer.poll(0), lambda: server.poll(0.02))
    answer = decode_reply(dealer.recv())
    assert isinstance(answer, Refused)
    assert answer.id == 5
    context.destroy(linger=0)


def test_raw_bytes_on_the_socket_and_a_frame_that_is_too_long_do_no_harm(
    server: Server, endpoints: Endpoints, client: Client
) -> None:
    for path in (endpoints.stream, endpoints.commands):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(path)
            raw.sendall(os.urandom(4096))
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    dealer.connect(endpoints.addresses[1])
    dealer.send_multipart([encode_id(1), b"x" * (MAX_COMMAND + 1)])
    number = client.send(Pause())
    taken: list[object] = []

    def step() -> None:
        client.receive(0.01)
        taken.extend(token.id for token, _ in server.poll(0.01))

    until(lambda: taken, step)
    assert taken == [number]
    context.destroy(linger=0)


def test_a_viewer_that_stops_reading_costs_the_trainer_nothing(server: Server, endpoints: Endpoints) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", SUBSCRIBER, endpoints.stream, endpoints.commands], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    os.set_blocking(child.stdout.fileno(), False)
    try:

        def step() -> None:
            server.publish(telemetry(1))
            server.poll(0.01)

        until(lambda: child.stdout and child.stdout.read(10), step)
        picture = Samples(kind="ema", step=1, count=40, height=28, width=28, channels=1, pixels=bytes(31360))

        def publish_all() -> float:
            begin = time.perf_counter()
            for seq in range(50_000):
                server.publish(telemetry(seq))
                if seq % 2 == 0:
                    server.publish(picture)
            return time.perf_counter() - begin

        os.kill(child.pid, signal.SIGSTOP)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = publish_all()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert seconds < 30
        assert grown < 64 * 1024, f"{grown} KiB for {25_000 * 31_360 >> 10} KiB published"
        os.kill(child.pid, signal.SIGCONT)
        child.stdout.read()
        newest = telemetry(10**9)

        def arrived() -> bool:
            return b"1000000000" in ((child.stdout and child.stdout.read()) or b"")

        until(arrived, lambda: (server.publish(newest), server.poll(0.02)))
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_the_last_words_arrive(endpoints: Endpoints, client: Client) -> None:
    server = Server(endpoints, welcome)
    greeted(client, server)
    number = client.send(Stop())
    taken: list[tuple[server_module.Token, object]] = []

    def step() -> None:
        client.receive(0)
        taken.extend(server.poll(0.01))

    until(lambda: taken, step)
    server.answer(taken[0][0], Applied(id=number, step=9))
    server.publish(Goodbye(state="stopped", text="saved"))
    server.close()
    got = receive_until(client, lambda record: isinstance(record, Goodbye))
    got += receive_until(client, lambda record: isinstance(record, Applied)) if len(got) < 2 else []
    assert Applied(id=number, step=9) in got
    server.publish(telemetry(1))
    server.answer(taken[0][0], Applied(id=number, step=9))
    assert server.poll(0.1) == []


def test_a_heartbeat_without_greeting_is_not_answered(server: Server, endpoints: Endpoints) -> None:
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    dealer.connect(endpoints.addresses[1])
    quiet = Hello(protocol=1, version="x", greet=False)
    dealer.send_multipart([encode_id(1), encode(quiet)])
    dealer.send_multipart([encode_id(2), encode(Hello(protocol=1, version="x"))])
    until(lambda: dealer.poll(0), lambda: server.poll(0.02))
    answer = decode_reply(dealer.recv())
    assert isinstance(answer, Welcome)
    assert answer.id == 2
    assert server.viewers == 1
    context.destroy(linger=0)
