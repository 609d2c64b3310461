import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.link.commands import AnyCommand
from gan_tui.link.messages import Down, Reply
from gan_tui.link.wire import decode_command, decode_down, decode_id, decode_reply, encode, encode_id
from tests.link.records import commands, counts, down, replies


@given(down)
def test_every_stream_record_comes_back_equal(record: Down) -> None:
    assert decode_down(encode(record)) == record


@given(replies)
def test_every_answer_comes_back_equal(record: Reply) -> None:
    assert decode_reply(encode(record)) == record


@given(commands)
def test_every_command_comes_back_equal(command: AnyCommand) -> None:
    assert decode_command(encode(command)) == command


@given(counts)
def test_ids_come_back_equal(number: int) -> None:
    assert decode_id(encode_id(number)) == number


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_record_and_never_raise(payload: bytes) -> None:
    for decode in (decode_command, decode_down, decode_reply):
        record = decode(payload)
        assert record is None or decode(encode(record)) == record
    decode_id(payload)


@given(commands, st.data())
def test_a_damaged_command_never_raises(command: AnyCommand, data: st.DataObject) -> None:
    payload = bytearray(encode(command))
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] ^= data.draw(st.integers(1, 255))
    decode_command(bytes(payload[: data.draw(st.integers(0, len(payload)))]))
    decode_command(bytes(payload))


def test_deep_nesting_is_no_command() -> None:
    assert decode_command(b"\x81\xa1x" * 20_000 + b"\xc0") is None
    assert decode_command(b"\x91" * 60_000 + b"\xc0") is None


def test_unknown_keys_are_skipped_so_that_a_newer_side_may_say_more() -> None:
    payload = msgspec.msgpack.encode({"type": "Pause", "why": "tired"})
    assert type(decode_command(payload)).__name__ == "Pause"


def test_an_unknown_command_is_none() -> None:
    assert decode_command(msgspec.msgpack.encode({"type": "Reboot"})) is None
