"""How records become bytes, and back.

Stream (PUB → SUB): one frame, a record of :data:`~gan_tui.link.messages.Down` as MessagePack.
Commands (DEALER → ROUTER): two frames, the command's id (8 bytes, big-endian, counted by the sender) and the
command as MessagePack. Answers (ROUTER → DEALER): one frame, a
:data:`~gan_tui.link.messages.Reply` as MessagePack; it carries the id itself.
Every record is a map with its ``type``; unknown keys are skipped, so that a newer side may say more.
"""

import struct
from typing import Final

import msgspec
import zmq

from gan_tui.link.commands import AnyCommand
from gan_tui.link.messages import Down, Reply

MAX_COMMAND: Final = 64 * 1024
"""Bytes of a frame that the trainer accepts; who sends a longer one is disconnected."""
MAX_RECORD: Final = 64 * 1024 * 1024
"""Bytes of a frame that a viewer accepts."""
MAX_ID: Final = 2**63 - 1

_encoder: Final = msgspec.msgpack.Encoder()
_commands: Final[msgspec.msgpack.Decoder[AnyCommand]] = msgspec.msgpack.Decoder(AnyCommand)
_stream: Final[msgspec.msgpack.Decoder[Down]] = msgspec.msgpack.Decoder(Down)
_replies: Final[msgspec.msgpack.Decoder[Reply]] = msgspec.msgpack.Decoder(Reply)

UNDECODABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError)
"""What a decoder raises on bytes that are no record."""


def encode(record: Down | Reply | AnyCommand) -> bytes:
    """Any record as MessagePack."""
    return _encoder.encode(record)


def decode_command(payload: bytes) -> AnyCommand | None:
    """A command, or None where the bytes are none."""
    try:
        return _commands.decode(payload)
    except UNDECODABLE:
        return None


def decode_down(payload: bytes) -> Down | None:
    """A record of the stream, or None where the bytes are none."""
    try:
        return _stream.decode(payload)
    except UNDECODABLE:
        return None


def decode_reply(payload: bytes) -> Reply | None:
    """An answer, or None where the bytes are none."""
    try:
        return _replies.decode(payload)
    except UNDECODABLE:
        return None


def encode_id(number: int) -> bytes:
    """A command's id as its first frame."""
    return number.to_bytes(8, "big")


def decode_id(frame: bytes) -> int | None:
    """The id in a first frame, or None where it is none."""
    number = int.from_bytes(frame, "big") if len(frame) == 8 else -1
    return number if 0 <= number <= MAX_ID else None


def readable(socket: "zmq.Socket[bytes]") -> bool:
    """Whether a message waits; asking also lets the socket do what it has put off."""
    return bool(int(socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN)


def monitor_event(monitor: "zmq.Socket[bytes]") -> int:
    """The event that a socket's monitor tells of, as ``zmq_socket_monitor(3)`` lays it out.

    pyzmq's own reader would import asyncio, 30 ms.
    """
    event, _value = struct.unpack("=HI", monitor.recv_multipart(zmq.NOBLOCK)[0])
    return int(event)
