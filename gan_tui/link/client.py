"""A viewer's end of the link: any thread sends, one thread listens.

ZeroMQ's sockets belong to one thread, so :meth:`Client.send` only leaves the command in a queue and wakes the
listener. The trainer may start later than the client, and may end and start again at the same endpoints:
each time that the connection comes up the client says hello, and a
:class:`~gan_tui.link.messages.Welcome` brings all state. A command never reaches a trainer
that was started later than :data:`HOLD` seconds after the key.
"""

import contextlib
import itertools
import os
import socket as sockets
import threading
import time
from collections import deque
from typing import Final

import zmq

from gan_tui import __version__
from gan_tui.link.commands import AnyCommand, Bye, Hello
from gan_tui.link.endpoints import Endpoints
from gan_tui.link.messages import PROTOCOL, Down, Health, Refused, Reply, Report, Samples, Status
from gan_tui.link.wire import (
    MAX_RECORD,
    decode_down,
    decode_reply,
    encode,
    encode_id,
    monitor_event,
    readable,
)

HELLO_EVERY: Final = 2.0
"""Seconds between two hellos."""
HOLD: Final = 5.0
"""Seconds that a command waits for a trainer to be there; then it is refused."""
DEPTH: Final = 256
"""Records that wait for the listener at most, and most that one :meth:`Client.receive` decodes at a time."""
RECONNECT_MS: Final = 50
"""Milliseconds between two tries to connect."""
FAREWELL_MS: Final = 100
"""Milliseconds that closing waits, at most, for its bye to leave."""
GONE: Final = "the trainer is not there"
LOST: Final = "the trainer went away before it answered"

Received = Down | Reply
_NEWEST_ONLY: Final = (Samples, Status, Report, Health)


class Client:
    """Connects at once or later, and stays connected.

    Args:
        endpoints: the run's sockets; the files need not be there yet.
        watching: whether it counts as a viewer.
    """

    def __init__(self, endpoints: Endpoints, watching: bool = True) -> None:
        self.endpoints = endpoints
        self._watching = watching
        self._identity = b"v" + os.urandom(8)
        self._ids = itertools.count(1)
        self._outbox: deque[tuple[int, AnyCommand, float]] = deque()
        self._waiting: set[int] = set()
        self._hellos: set[int] = set()
        self._connected = False
        self._greetings = 0
        self._next_hello = 0.0
        self._closed = threading.Event()
        self._listening = threading.Lock()
        self._wake_in, self._wake_out = sockets.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._context = zmq.Context()
        self._poller = zmq.Poller()
        self._poller.register(self._wake_out, zmq.POLLIN)
        self._stream = self._open(zmq.SUB, endpoints.addresses[0])
        self._commands = self._open(zmq.DEALER, endpoints.addresses[1])

    @property
    def connected(self) -> bool:
        """Whether a trainer's command socket is there now."""
        return self._connected

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed.is_set()

    def send(self, command: AnyCommand) -> int:
        """Leave a command for the trainer; never waits; any thread.

        Returns:
            The id that its answer will carry. Every command is answered: where no trainer is there within
            :data:`HOLD` seconds, or it ends before it answers, by a Refused of the client's own.
        """
        number = next(self._ids)
        self._outbox.append((number, command, time.monotonic()))
        self._wake()
        return number

    def receive(self, timeout: float) -> list[Received]:
        """Wait for news; only ever in one thread.

        Args:
            timeout: seconds to wait for the first; returns as soon as something came.

        Returns:
            In the order of arrival: every telemetry, event, stage, goodbye and answer; of samples (of each
            kind), status, report and health only the newest. Empty when the time is up or the client closed.
        """
        with self._listening:
            deadline = time.monotonic() + timeout
            news: list[Received] = []
            while not self.closed:
                self._speak(news)
                remaining = 0.0 if news else deadline - time.monotonic()
                longest = RECONNECT_MS / 1000 if self._outbox else HELLO_EVERY
                pause = max(0.0, min(remaining, self._next_hello - time.monotonic(), longest))
                ready = dict(self._poller.poll(int(pause * 1000) + (pause > 0)))
                self._listen(ready, news)
                if news or time.monotonic() >= deadline:
                    break
            return _newest(news)

    def close(self) -> None:
        """Say bye and close; any thread; returns when the listener is out. Idempotent."""
        if self.closed:
            return
        self._closed.set()
        self._wake()
        with self._listening:
            if self._connected:
                with contextlib.suppress(zmq.ZMQError):
                    self._commands.socket.send_multipart([encode_id(0), encode(Bye())], zmq.NOBLOCK)
            self._stream.close()
            self._commands.close(linger=FAREWELL_MS)
            self._context.term()
            self._wake_in.close()
            self._wake_out.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: the listener has a reason to wake already; or closed
            self._wake_in.send(b"\0")

    def _speak(self, news: list[Received]) -> None:
        now = time.monotonic()
        if self._connected and now >= self._next_hello:
            self._hello(now)
        elif now >= self._next_hello:
            self._next_hello = now + HELLO_EVERY
        while self._outbox:
            number, command, since = self._outbox[0]
            if self._connected and self._transmit(number, command):
                self._waiting.add(number)
            elif now - since < HOLD:
                break
            else:
                news.append(Refused(id=number, because=GONE))
            self._outbox.popleft()

    def _hello(self, now: float) -> None:
        number = next(self._ids)
        greet = self._greetings > 0
        hello = Hello(protocol=PROTOCOL, version=__version__, watching=self._watching, greet=greet)
        if self._transmit(number, hello):
            self._greetings -= greet
            self._hellos.add(number)
        self._next_hello = now + HELLO_EVERY

    def _transmit(self, number: int, command: AnyCommand) -> bool:
        try:
            self._commands.socket.send_multipart([encode_id(number), encode(command)], zmq.NOBLOCK)
        except zmq.ZMQError:
            return False
        return True

    def _listen(self, ready: dict[object, int], news: list[Received]) -> None:
        if self._wake_out.fileno() in ready or self._wake_out in ready:
            with contextlib.suppress(OSError):
                self._wake_out.recv(4096)
        if self._stream.socket in ready:
            news.extend(
                record for frame in _drain(self._stream) if (record := decode_down(frame)) is not None
            )
        if self._commands.socket in ready:
            self._hear(news)
        for end in (self._stream, self._commands):
            while not end.closed and readable(end.monitor):
                self._notice(end, monitor_event(end.monitor), news)

    def _hear(self, news: list[Received]) -> None:
        for frame in _drain(self._commands):
            reply = decode_reply(frame)
            if reply is not None and (reply.id in self._waiting or reply.id in self._hellos):
                self._waiting.discard(reply.id)
                self._hellos.discard(reply.id)
                news.append(reply)

    def _notice(self, end: "_End", event: int, news: list[Received]) -> None:
        arrived = event == zmq.EVENT_HANDSHAKE_SUCCEEDED
        if arrived:
            # Two greetings: the first shows everything at once, the second, with the next hello, what changed
            # while the stream's subscription was on its way.
            self._greetings = 2
            self._next_hello = 0.0
        if end is self._commands:
            self._connected = arrived
            if not arrived:
                self._lose(news)

    def _lose(self, news: list[Received]) -> None:
        """The trainer went: take its last answers; a new socket brings the next one nothing meant for it."""
        self._hear(news)
        news.extend(Refused(id=number, because=LOST) for number in sorted(self._waiting))
        self._waiting.clear()
        self._hellos.clear()
        self._poller.unregister(self._commands.socket)
        self._poller.unregister(self._commands.monitor)
        self._commands.close()
        self._commands = self._open(zmq.DEALER, self.endpoints.addresses[1])

    def _open(self, kind: int, address: str) -> "_End":
        end = _End(self._context, kind, address, self._identity)
        for socket in (end.socket, end.monitor):
            self._poller.register(socket, zmq.POLLIN)
        return end


class _End:
    """A connected socket with the monitor that tells when its peer comes and goes."""

    def __init__(
        self, context: "zmq.Context[zmq.Socket[bytes]]", kind: int, address: str, name: bytes
    ) -> None:
        self.socket: zmq.Socket[bytes] = context.socket(kind)
        self.closed = False
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVHWM, DEPTH)
        self.socket.setsockopt(zmq.SNDHWM, DEPTH)
        self.socket.setsockopt(zmq.MAXMSGSIZE, MAX_RECORD)
        self.socket.setsockopt(zmq.RECONNECT_IVL, RECONNECT_MS)
        if kind == zmq.SUB:
            self.socket.setsockopt(zmq.SUBSCRIBE, b"")
        else:
            self.socket.setsockopt(zmq.IDENTITY, name)
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        self.socket.connect(address)

    def close(self, linger: int = 0) -> None:
        self.closed = True
        self.socket.disable_monitor()
        self.monitor.close(linger=0)
        self.socket.close(linger=linger)


def _drain(end: _End) -> list[bytes]:
    payloads = []
    for _ in range(DEPTH):
        try:
            frames = end.socket.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            break
        if len(frames) == 1:
            payloads.append(frames[0])
    return payloads


def _newest(news: list[Received]) -> list[Received]:
    seen: set[object] = set()
    kept: list[Received] = []
    for record in reversed(news):
        if isinstance(record, _NEWEST_ONLY):
            key = (type(record), getattr(record, "kind", ""))
            if key in seen:
                continue
            seen.add(key)
        kept.append(record)
    kept.reverse()
    return kept
