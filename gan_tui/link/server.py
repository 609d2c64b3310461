"""The trainer's end of the link: a lossy stream down, answered commands up. Nothing in it ever waits.

Used from one thread, the trainer's main one; ZeroMQ's own thread does the sending and holds no interpreter
lock. A viewer that stops reading loses the stream's older records, and the trainer nothing.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import zmq

from gan_tui.link.commands import AnyCommand, Bye, Hello
from gan_tui.link.endpoints import Endpoints
from gan_tui.link.errors import LinkError
from gan_tui.link.messages import Down, Refused, Reply, Welcome
from gan_tui.link.wire import MAX_COMMAND, decode_command, decode_id, encode, readable

STREAM_DEPTH: Final = 32
"""Records that wait for one slow viewer before newer ones are dropped."""
COMMAND_DEPTH: Final = 256
"""Commands, and answers to one viewer, that wait at most."""
VIEWER_TIMEOUT: Final = 10.0
"""Seconds after its last hello that a viewer no longer counts."""
MAX_VIEWERS: Final = 1000
"""Viewers that are counted at most."""
FAREWELL_MS: Final = 200
"""Milliseconds that closing waits, at most, for the last words to leave."""


class Token(NamedTuple):
    """Who is to be answered, and about what."""

    identity: bytes
    id: int


class Server:
    """Binds both sockets, replacing what a dead trainer left there.

    Args:
        endpoints: the socket files; their folder must be private. The caller holds the run's lock.
        welcome: makes the answer to a viewer's hello from the hello's id.

    Raises:
        LinkError: the sockets cannot be bound.
    """

    def __init__(self, endpoints: Endpoints, welcome: Callable[[int], Welcome]) -> None:
        if not endpoints.usable():
            raise LinkError(
                f"{Path(endpoints.stream).parent} is no private folder for sockets, or its path is too long; "
                "nothing was started, set XDG_RUNTIME_DIR to a folder of your own with mode 0700"
            )
        self.endpoints = endpoints
        self._welcome = welcome
        self._seen: dict[bytes, float] = {}
        self._closed = False
        self._context = zmq.Context()
        self._stream: zmq.Socket[bytes] = self._context.socket(zmq.PUB)
        self._commands: zmq.Socket[bytes] = self._context.socket(zmq.ROUTER)
        for socket, depth in ((self._stream, STREAM_DEPTH), (self._commands, COMMAND_DEPTH)):
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.SNDHWM, depth)
            socket.setsockopt(zmq.RCVHWM, COMMAND_DEPTH)
            socket.setsockopt(zmq.MAXMSGSIZE, MAX_COMMAND)
        self._commands.setsockopt(zmq.ROUTER_MANDATORY, 0)
        self._commands.setsockopt(zmq.ROUTER_HANDOVER, 1)
        try:
            endpoints.remove()
            for socket, address in zip((self._stream, self._commands), endpoints.addresses, strict=True):
                socket.bind(address)
            for path in (endpoints.stream, endpoints.commands):
                Path(path).chmod(0o600)
        except (OSError, zmq.ZMQError) as error:
            self._context.destroy(linger=0)
            raise LinkError(
                f"the sockets {endpoints.stream} and {endpoints.commands} cannot be made ({error}); "
                "nothing was started"
            ) from error

    def publish(self, record: Down) -> None:
        """Send a record to every viewer that keeps up; never waits. Nothing after :meth:`close`."""
        if not self._closed:
            try:
                self._stream.send(encode(record), zmq.NOBLOCK)
            except zmq.Again:
                return

    def poll(self, timeout: float = 0.0) -> list[tuple[Token, AnyCommand]]:
        """Take the commands that have come; hellos and byes are dealt with here.

        Args:
            timeout: seconds to wait for the first message; 0 takes only what is there. It returns as soon as
                anything came, so the list may be empty early.

        Returns:
            At most :data:`COMMAND_DEPTH` commands in the order of arrival; each is to be answered.
        """
        if self._closed:
            return []
        self._stream.getsockopt(zmq.EVENTS)  # lets the stream take up new subscribers while nothing is sent
        if timeout > 0:
            self._commands.poll(int(timeout * 1000) or 1)
        taken: list[tuple[Token, AnyCommand]] = []
        for _ in range(COMMAND_DEPTH):
            if not readable(self._commands):
                break
            try:
                frames = self._commands.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            self._take(frames, taken)
        return taken

    def answer(self, token: Token, reply: Reply) -> None:
        """Answer a command; the token's id wins. A viewer that is gone or does not read misses it."""
        if self._closed:
            return
        if reply.id != token.id:
            reply = msgspec.structs.replace(reply, id=token.id)
        try:
            self._commands.send_multipart([token.identity, encode(reply)], zmq.NOBLOCK)
        except zmq.ZMQError:
            return

    @property
    def viewers(self) -> int:
        """How many viewers said hello within the last :data:`VIEWER_TIMEOUT` seconds."""
        limit = time.monotonic() - VIEWER_TIMEOUT
        self._seen = {identity: when for identity, when in self._seen.items() if when >= limit}
        return len(self._seen)

    def close(self) -> None:
        """Send what is under way (a fifth of a second at most), close, remove the socket files.

        May be called again.
        """
        if self._closed:
            return
        self._closed = True
        self._stream.close(linger=FAREWELL_MS)
        self._commands.close(linger=FAREWELL_MS)
        self._context.term()
        self.endpoints.remove()

    def _take(self, frames: list[bytes], taken: list[tuple[Token, AnyCommand]]) -> None:
        if len(frames) != 3:
            return
        identity, number, payload = frames
        decoded = decode_id(number)
        if decoded is None:
            return
        token = Token(identity, decoded)
        command = decode_command(payload)
        match command:
            case None:
                self.answer(
                    token, Refused(id=token.id, because="the trainer does not understand this command")
                )
            case Hello():
                if command.watching and (identity in self._seen or len(self._seen) < MAX_VIEWERS):
                    self._seen[identity] = time.monotonic()
                if command.greet:
                    self.answer(token, self._welcome(token.id))
            case Bye():
                self._seen.pop(identity, None)
            case _:
                taken.append((token, command))
