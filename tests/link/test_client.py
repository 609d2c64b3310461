import threading
import time
from collections.abc import Callable

import pytest

from gan_tui.link import client as client_module
from gan_tui.link.ask import ask
from gan_tui.link.client import GONE, LOST, Client
from gan_tui.link.commands import Pause, Save
from gan_tui.link.endpoints import Endpoints
from gan_tui.link.messages import (
    Applied,
    Event,
    Health,
    Refused,
    Samples,
    Stage,
    Telemetry,
    Welcome,
)
from gan_tui.link.server import Server
from tests.link.conftest import welcome
from tests.link.talk import greeted, receive_until, serving, telemetry, until


def samples(step: int, kind: str = "ema") -> Samples:
    return Samples(kind=kind, step=step, count=1, height=1, width=1, channels=1, pixels=b"x")  # type: ignore[arg-type]


def test_it_waits_no_longer_than_told_while_no_trainer_is_there(client: Client) -> None:
    begin = time.monotonic()
    assert client.receive(0.1) == []
    assert 0.09 <= time.monotonic() - begin < 5
    assert client.receive(0) == []
    assert not client.connected


def test_a_trainer_that_starts_later_is_found_and_gets_what_waited(
    endpoints: Endpoints, client: Client
) -> None:
    number = client.send(Pause())
    client.receive(0.1)
    server = Server(endpoints, welcome)
    with serving(server):
        got = receive_until(client, lambda record: isinstance(record, Applied))
    server.close()
    assert Applied(id=number, step=7) in got
    assert any(isinstance(record, Welcome) for record in got)


def test_a_trainer_started_anew_at_the_same_place_welcomes_again(
    endpoints: Endpoints, client: Client
) -> None:
    for _ in range(2):
        server = Server(endpoints, welcome)
        greeted(client, server)
        assert server.viewers == 1
        server.close()
        until(lambda: not client.connected, lambda: client.receive(0.02))


def test_a_command_that_no_trainer_takes_is_refused_and_never_obeyed_later(
    endpoints: Endpoints, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "HOLD", 0.1)
    number = client.send(Pause())
    assert receive_until(client, lambda record: isinstance(record, Refused)) == [
        Refused(id=number, because=GONE)
    ]
    server = Server(endpoints, welcome)
    greeted(client, server)
    assert server.poll(0.1) == []
    server.close()


def test_what_was_not_answered_when_the_trainer_went_is_refused(endpoints: Endpoints, client: Client) -> None:
    server = Server(endpoints, welcome)
    greeted(client, server)
    number = client.send(Pause())
    taken: list[object] = []

    def step() -> None:
        client.receive(0)
        taken.extend(server.poll(0.01))

    until(lambda: taken, step)
    server.close()
    got = receive_until(client, lambda record: isinstance(record, Refused))
    assert Refused(id=number, because=LOST) in got


def test_any_thread_sends_and_every_command_is_answered_once(endpoints: Endpoints, client: Client) -> None:
    server = Server(endpoints, welcome)
    ids: list[int] = []

    def press() -> None:
        ids.extend([client.send(Save(name=str(key))) for key in range(50)])

    threads = [threading.Thread(target=press) for _ in range(4)]
    answered: list[int] = []
    with serving(server):
        for thread in threads:
            thread.start()
        until(
            lambda: len(answered) >= 200,
            lambda: answered.extend(r.id for r in client.receive(0.05) if isinstance(r, Applied)),
        )
        for thread in threads:
            thread.join()
    server.close()
    assert sorted(answered) == sorted(ids)
    assert len(set(ids)) == 200


def test_send_wakes_a_listener_that_waits(endpoints: Endpoints, client: Client) -> None:
    server = Server(endpoints, welcome)
    greeted(client, server)
    latencies = []
    with serving(server):
        for _ in range(3):
            sent: list[float] = []

            def press(sent: list[float] = sent) -> None:
                sent.append(time.monotonic())
                client.send(Pause())

            timer = threading.Timer(0.05, press)
            timer.start()
            while not any(isinstance(record, Applied) for record in client.receive(10.0)):
                pass
            latencies.append(time.monotonic() - sent[0])
            timer.join()
    server.close()
    assert min(latencies) < 0.05


def test_of_big_records_only_the_newest_of_each_kind_is_kept_and_order_holds(
    server: Server, client: Client
) -> None:
    greeted(client, server)
    server.publish(samples(1))
    server.publish(telemetry(1))
    server.publish(samples(1, "real"))
    server.publish(Stage(name="data", state="now"))
    server.publish(Health(level="learning", text="a"))
    server.publish(samples(2))
    server.publish(telemetry(2))
    server.publish(Event(seq=1, time=0, step=1, who="you", kind="paused", text="paused"))
    server.publish(Stage(name="data", state="done"))
    server.publish(Health(level="healthy", text="b"))
    server.publish(telemetry(3))
    time.sleep(0.3)  # all must wait in the socket, so that they come in one batch
    got = [record for record in client.receive(5.0) if not isinstance(record, Welcome)]
    assert [getattr(record, "seq", None) for record in got if isinstance(record, Telemetry)] == [1, 2, 3]
    assert [type(record).__name__ for record in got] == [
        "Telemetry", "Samples", "Stage", "Samples", "Telemetry", "Event", "Stage", "Health", "Telemetry"
    ]  # fmt: skip
    assert [record for record in got if isinstance(record, Samples)] == [samples(1, "real"), samples(2)]


def test_after_the_welcomes_hellos_are_quiet(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "HELLO_EVERY", 0.05)
    greeted(client, server)
    begin = time.monotonic()
    welcomes = 0
    while time.monotonic() - begin < 1.0:
        server.poll(0)
        welcomes += sum(isinstance(record, Welcome) for record in client.receive(0.02))
    assert welcomes <= 3
    assert server.viewers == 1


def test_closing_from_another_thread_ends_the_listener(new_client: Callable[[], Client]) -> None:
    client = new_client()
    ended = threading.Event()

    def listen() -> None:
        while not client.closed:
            client.receive(30.0)
        ended.set()

    thread = threading.Thread(target=listen)
    thread.start()
    client.send(Pause())
    client.close()
    assert ended.wait(10)
    thread.join()
    client.close()
    assert client.receive(1.0) == []
    client.send(Pause())


def test_ask_brings_the_answer_of_its_own_command(endpoints: Endpoints) -> None:
    server = Server(endpoints, welcome)
    with serving(server):
        reply = ask(endpoints, Pause())
    assert isinstance(reply, Applied)
    assert reply.step == 7
    assert ask(endpoints, Pause(), timeout=0.1) is None
    server.close()
