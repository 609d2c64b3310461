"""The child that reads MATLAB files: however it ends, the parent says it in a sentence and goes on."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from gan_tui.data import DataError, load, matread
from gan_tui.data.matchild import find
from tests.data.builders import small, write_mat
from tests.data.forks import ForkServer


def header(shape: tuple[int, ...], dtype: str = "|u1") -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": dtype, "fortran_order": False, "shape": shape})
    return out.getvalue()


def told(arrays: Any, body: bytes = b"", error: Any = None) -> bytes:
    return json.dumps({"error": error, "arrays": arrays}).encode() + b"\n" + body


ENDS = [
    ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", r"its reader died of SIGSEGV"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGBUS)", r"its reader died of SIGBUS"),
    ("import os; os._exit(7)", r"its reader ended with code 7"),
    ("pass", "its reader gave no answer"),
    ("print('no json')", "its reader gave no answer"),
    ("print('[]')", "its reader gave no answer"),
    ("print('x' * 100000)", "its reader gave no answer"),
]


def answered(data: bytes) -> str:
    return f"import sys; sys.stdin.readline(); sys.stdout.buffer.write({data!r})"


ANSWERS = [
    (told({}, error="bad tag"), r"damage \(bad tag\)"),
    (told({"train0": "sent"}), "an array in train0, found bytes that are none"),
    (
        told({"train0": "sent"}, header((2, 16)) + b"few"),
        "32 bytes in train0, as its header says, found 3 bytes",
    ),
    (told({"train0": "sent"}, header((1 << 40,))), "at most 1,073,741,824 bytes in train0"),
    (told({"train0": "sent"}, header((100000, 100))), r"at most [\d,]+ bytes in train0, found 10,000,000"),
    (told({"train0": "sent"}, header((9,), "|O") + b"cos\nsystem\n"), "an array of objects"),
    (told({"train0": "sent"}, header((1,)) + b"x"), r"train0 as its header says, found uint8 \(1,\)"),
    (told({}), "train0 as its header says, found nothing"),
]


@pytest.mark.parametrize(
    ("script", "sentence"), ENDS + [(answered(data), sentence) for data, sentence in ANSWERS]
)
def test_a_child_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-S", "-E", "-c", script]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    monkeypatch.setattr(matread, "start", start)
    with pytest.raises(DataError, match=sentence) as caught:
        load(write_mat(tmp_path / "a.mat", *small()))
    assert "a.mat: expected " in str(caught.value)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("import time; time.sleep(60)", r"is read within 0\.3 s, found one that takes longer"),
        ("import sys\nwhile True: sys.stdout.write('{')", r"its reader gave no answer|takes longer"),
    ],
)
def test_a_child_that_never_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    children = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-S", "-c", script]
        children.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        return children[-1]

    monkeypatch.setattr(matread, "start", start)
    monkeypatch.setattr(matread, "_SECONDS", 0.3)
    monkeypatch.setattr(matread, "_GRACE", 0.1)
    began = time.monotonic()
    with pytest.raises(DataError, match=sentence):
        load(write_mat(tmp_path / "a.mat", *small()))
    assert time.monotonic() - began < 20
    assert children[0].returncode is not None, "it is gone"


def test_the_child_may_not_take_more_memory_than_it_needs(tmp_path: Path, fork_server: ForkServer) -> None:
    """A cell array that claims 2³⁰ entries: without the limit NumPy would take 8 GiB for it."""
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"train0": np.array([[1, "a"]], object)})
    data = bytearray(path.read_bytes())
    at = data.index((1).to_bytes(4, "little") + (2).to_bytes(4, "little"), 128)
    data[at : at + 8] = (1 << 15).to_bytes(4, "little") * 2
    path.write_bytes(data)
    code = fork_server.run({"path": str(path), "names": ["train0"], "memory": 1 << 28, "seconds": 10})
    assert code == 0
    assert json.loads(fork_server.out.read_bytes())["error"] == "it asks for more memory than its size allows"


def test_fields_of_structs() -> None:
    inner = np.array([[(np.arange(3),)]], dtype=[("b", object)])
    variables: dict[str, Any] = {"a": inner, "n": 5}
    assert find(variables, "a.b") is inner[0, 0]["b"]
    assert find(variables, "a.c") is None
    assert find(variables, "x.b") is None
    assert find(variables, "n.b") is None
    assert find({"a": np.concatenate([inner, inner])}, "a.b") is None


def test_the_child_starts_from_any_folder_and_is_not_fooled_by_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mat(tmp_path / "a.mat", *small())
    (tmp_path / "scipy.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    assert load("a.mat").format == "matlab"
