"""Whatever a file holds: it is a whole checkpoint, or one sentence says no, and nothing changes."""

import contextlib
import json
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gan_tui.training.checkpoint import capture, load, write
from gan_tui.training.engine import Engine
from gan_tui.training.errors import CheckpointError
from gan_tui.training.sampling import load_generator
from gan_tui.training.tensors import collect
from tests.training.tiny import tiny_engine


@pytest.fixture(scope="module")
def whole() -> bytes:
    import tempfile

    engine = tiny_engine()
    for _ in range(3):
        engine.train_step()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.safetensors"
        write(path, capture(engine), {})
        return path.read_bytes()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return tiny_engine()


def refused(content: bytes, path: Path, engine: Engine) -> CheckpointError:
    path.write_bytes(content)
    before = collect(engine)
    with pytest.raises(CheckpointError) as caught:
        load(path, engine)
    assert "\n" not in str(caught.value)
    assert "nothing was changed" in str(caught.value)
    after = collect(engine)
    assert all(torch.equal(before[name], after[name]) for name in before)
    return caught.value


def with_header(content: bytes, change: object) -> bytes:
    """The file with its header changed by a function of the parsed one."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    change(header)  # type: ignore[operator]  # a lambda of the test below
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    return len(head).to_bytes(8, "little") + head + content[8 + length :]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes(whole: bytes, engine: Engine, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(whole)
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    if place >= 8 + int.from_bytes(whole[:8], "little"):
        refused(bytes(content), path, engine)
    else:
        # A flipped byte of a text may leave a whole checkpoint.
        with contextlib.suppress(CheckpointError):
            load(path, engine)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_truncated_or_prolonged(whole: bytes, engine: Engine, tmp_path: Path, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(whole) - 1))
    refused(whole[:cut], tmp_path / "a.safetensors", engine)
    refused(whole + data.draw(st.binary(min_size=1, max_size=20)), tmp_path / "a.safetensors", engine)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_any_bytes(engine: Engine, tmp_path: Path, content: bytes) -> None:
    refused(content, tmp_path / "a.safetensors", engine)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda h: h["__metadata__"].update(format="other"), "other"),
        (lambda h: h["__metadata__"].pop("format"), "none"),
        (lambda h: h["__metadata__"].update(config="{}x"), "configuration"),
        (lambda h: h["__metadata__"].update(config=json.dumps({"d_batch": -1})), "configuration"),
        (lambda h: h["__metadata__"].update(counters="[]"), "counters"),
        (lambda h: h["__metadata__"].update(counters="[" * 100_000), "counters"),
        (lambda h: h["__metadata__"].pop("counters"), "counters"),
        (lambda h: h["__metadata__"].update(settings='{"d_steps": 1}'), "settings"),
        (lambda h: _change(h, "settings", d_lr=1e9), "d_lr"),
        (lambda h: _change(h, "settings", d_steps=0, g_steps=0), "0:0"),
        (lambda h: _change(h, "settings", ema=1.5), "ema"),
        (lambda h: _change(h, "counters", position=10_000), "place in the data"),
        (lambda h: _change(h, "counters", step=-3), "counters"),
        (lambda h: h["__metadata__"].update(crc32="00000000"), "checksum"),
        (lambda h: h["__metadata__"].pop("crc32"), "checksum"),
        (lambda h: _rename(h, "g.norm.bias", "g.norm.other"), "g.norm.other"),
        (lambda h: _rename(h, "opt_d.out.bias.step", "opt_d.out.bias.steps"), "opt_d.out.bias.steps"),
        (lambda h: _rename(h, "rng.noise", "rng.other"), "rng.noise"),
        (lambda h: _reshape(h, "g.linear.weight", [7, 8]), "7×8"),
        (lambda h: _retype(h, "g.linear.bias", "I32"), "I32"),
        (lambda h: _reshape(h, "g.linear.bias", [2**62, 8]), "no whole checkpoint"),
    ],
)
def test_hostile_headers(whole: bytes, tmp_path: Path, engine: Engine, change: object, words: str) -> None:
    error = refused(with_header(whole, change), tmp_path / "a.safetensors", engine)
    assert words in str(error)


def _change(header: dict[str, dict[str, str]], name: str, **values: float) -> None:
    header["__metadata__"][name] = json.dumps({**json.loads(header["__metadata__"][name]), **values})


def _rename(header: dict[str, object], old: str, new: str) -> None:
    header[new] = header.pop(old)


def _reshape(header: dict[str, dict[str, object]], name: str, shape: list[int]) -> None:
    header[name]["shape"] = shape


def _retype(header: dict[str, dict[str, object]], name: str, dtype: str) -> None:
    header[name]["dtype"] = dtype


def test_missing_file_and_folder(tmp_path: Path, engine: Engine) -> None:
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(CheckpointError, match="nothing was changed"):
            load(path, engine)


def test_networks_that_are_not_known_cannot_be_sampled(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write(path, capture(tiny_engine(networks="mine")), {})
    with pytest.raises(CheckpointError, match="'mine'"):
        load_generator(path)


@pytest.mark.parametrize("classes", [0, 300])
def test_class_names_out_of_range_cannot_be_sampled(whole: bytes, tmp_path: Path, classes: int) -> None:
    path = tmp_path / "a.safetensors"

    def change(header: dict[str, dict[str, str]]) -> None:
        origin = json.loads(header["__metadata__"]["origin"])
        header["__metadata__"]["origin"] = json.dumps({**origin, "class_names": ["x"] * classes})

    path.write_bytes(with_header(whole, change))
    with pytest.raises(CheckpointError):
        load_generator(path)
