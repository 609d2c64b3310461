from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.runs.checkpoint_header import read_tensor_bytes
from gan_tui.runs.checkpoint_metadata import CheckpointMetadata
from gan_tui.runs.checkpoints import (
    delete_checkpoint,
    keep_checkpoint,
    latest_checkpoint,
    list_checkpoints,
    prune,
    read_header,
    resolve_checkpoint,
    set_latest,
)
from gan_tui.runs.errors import RunError
from gan_tui.runs.run import Run
from tests.runs.files import checkpoint_bytes, file_bytes, write_checkpoint

METADATA = CheckpointMetadata(
    step=1150, time=1234.5, who="you", label="before G steps 2", kept=True, digits=9, classes=10, d_loss=1.25,
    g_loss=0.5, counters={"d_updates": 5}, config={"d_steps": 1}, settings={"g_lr": 1e-3},
)  # fmt: skip


def names(run: Run) -> list[str]:
    return [info.name for info in list_checkpoints(run)]


def test_the_list_is_newest_first_with_all_that_a_viewer_shows(run: Run) -> None:
    write_checkpoint(run.checkpoints_dir, "step-000100")
    (run.checkpoints_dir / "step-001150-x.safetensors").write_bytes(checkpoint_bytes(METADATA))
    write_checkpoint(run.checkpoints_dir, "step-000050", time=9999.0)  # after a restore
    (run.checkpoints_dir / "notes.txt").write_text("")
    set_latest(run, "step-000050")
    assert names(run) == ["step-000050", "step-001150-x", "step-000100"]
    info = list_checkpoints(run)[1]
    assert (info.step, info.time, info.who, info.label) == (1150, 1234.5, "you", "before G steps 2")
    assert (info.kept, info.digits, info.classes, info.d_loss, info.g_loss) == (True, 9, 10, 1.25, 0.5)
    assert (info.preview, info.preview_shape, info.problem) == (bytes(range(8)), (2, 2, 2), "")
    assert info.size == info.path.stat().st_size
    assert [one.latest for one in list_checkpoints(run)] == [True, False, False]
    assert list_checkpoints(run, previews=False)[1].preview == b""
    header = read_header(info.path)
    assert (header.config, header.settings) == ({"d_steps": 1}, {"g_lr": 1e-3})


def test_safetensors_own_files_are_read(run: Run) -> None:
    numpy = pytest.importorskip("numpy")
    safetensors = pytest.importorskip("safetensors.numpy")
    path = run.checkpoints_dir / "step-001150.safetensors"
    tensors = {
        "preview": numpy.arange(24, dtype=numpy.uint8).reshape(2, 3, 4),
        "w": numpy.zeros(5, numpy.float32),
    }
    safetensors.save_file(tensors, path, metadata=METADATA.to_strings())
    (info,) = list_checkpoints(run)
    assert (info.problem, info.preview, info.preview_shape) == ("", bytes(range(24)), (2, 3, 4))
    assert read_tensor_bytes(read_header(path), "w") == bytes(20)


@given(
    st.builds(
        CheckpointMetadata,
        step=st.integers(0, 2**63 - 1),
        time=st.floats(0, 1e11),
        d_loss=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        label=st.text(st.characters(categories=["L", "N", "P"]), max_size=50),
        who=st.sampled_from(["auto", "you"]),
        kept=st.booleans(),
        digits=st.none() | st.integers(0, 10),
        config=st.dictionaries(st.text(max_size=5), st.integers(0, 9) | st.none() | st.text(max_size=5)),
    )
)
def test_metadata_comes_back_equal(metadata: CheckpointMetadata) -> None:
    assert CheckpointMetadata.from_strings(metadata.to_strings()) == metadata


def one_tensor(dtype: object, shape: list[int], begin: int, end: int) -> bytes:
    return file_bytes({"a": {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}}, b"four")


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "seven bytes": b"1234567",
    "length beyond the file": (10**18).to_bytes(8, "little") + b"{}",
    "length of zero": bytes(8) + b"{}",
    "no JSON": file_bytes({})[:8] + b"\xff\xff",
    "a list": file_bytes([1]),
    "deep nesting": (60_000).to_bytes(8, "little") + b"[" * 60_000,
    "pickle": b"\x80\x04\x95" + b"x" * 99,
    "tensor beyond the end": one_tensor("U8", [10], 0, 10),
    "shape too large for its bytes": one_tensor("U8", [10**18], 0, 4),
    "negative shape": one_tensor("U8", [-2, -2], 0, 4),
    "backwards": one_tensor("U8", [4], 4, 0),
    "negative offset": one_tensor("U8", [4], -4, 0),
    "huge numbers": one_tensor("U8", [10**400], 0, 4),
    "unknown dtype": one_tensor("PICKLE", [4], 0, 4),
    "dtype a list": one_tensor(["U8"], [4], 0, 4),
    "no shape": file_bytes({"a": {"dtype": "U8"}}, b"four"),
    "metadata of numbers": file_bytes({"__metadata__": {"step": 5}}),
    "nobody's metadata": file_bytes({"__metadata__": {"format": "pt"}}),
    "no metadata": file_bytes({}),
    "newer": checkpoint_bytes(METADATA, format="gan-tui checkpoint 2"),
    "step no number": checkpoint_bytes(METADATA, step="many"),
    "step negative": checkpoint_bytes(METADATA, step="-1"),
    "step of 5,000 digits": checkpoint_bytes(METADATA, step="9" * 5000),
    "time not a number": checkpoint_bytes(METADATA, time="nan"),
    "losses no object": checkpoint_bytes(METADATA, losses="[1]"),
    "config no object": checkpoint_bytes(METADATA, config="[1]"),
}  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_that_is_no_checkpoint_is_listed_with_one_sentence_and_harms_no_other(
    run: Run, content: bytes
) -> None:
    (run.checkpoints_dir / "step-000002.safetensors").write_bytes(content)
    write_checkpoint(run.checkpoints_dir, "step-000001")
    found = {info.name: info for info in list_checkpoints(run)}
    problem = found["step-000002"].problem
    assert "step-000002.safetensors" in problem
    assert "\n" not in problem
    assert found["step-000002"].size == len(content)
    assert found["step-000001"].problem == ""
    assert latest_checkpoint(run) == found["step-000001"].path


def test_a_folder_and_a_dangling_link_are_problems_too(run: Run) -> None:
    (run.checkpoints_dir / "step-000001.safetensors").mkdir()
    (run.checkpoints_dir / "step-000002.safetensors").symlink_to("nowhere")
    assert all(info.problem for info in list_checkpoints(run))
    assert len(names(run)) == 2


def test_a_huge_hole_is_not_taken_into_memory(run: Run) -> None:
    path = run.checkpoints_dir / "step-000001.safetensors"
    big = {"dtype": "U8", "shape": [1 << 20, 1 << 10, 1 << 10], "data_offsets": [0, 1 << 40]}
    header = {"__metadata__": METADATA.to_strings(), "preview": big}
    path.write_bytes(file_bytes(header))
    with path.open("r+b") as file:
        file.truncate((1 << 40) + path.stat().st_size)
    (info,) = list_checkpoints(run)
    assert (info.preview, info.preview_shape, info.problem) == (b"", (), "")
    path.write_bytes((1 << 39).to_bytes(8, "little"))
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    (info,) = list_checkpoints(run)
    assert "no whole checkpoint" in info.problem


@given(st.data())
def test_a_checkpoint_with_flipped_bytes_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(checkpoint_bytes(METADATA))
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    run = Run(tmp_path_factory.mktemp("run"))
    run.checkpoints_dir.mkdir()
    (run.checkpoints_dir / "step-000001.safetensors").write_bytes(content)
    (info,) = list_checkpoints(run)
    assert info.problem or len(info.preview) in {0, 8}
    assert info.label.isprintable()


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_checkpoint(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("x") / "a"
    path.write_bytes(len(content).to_bytes(8, "little") + content)
    with pytest.raises(RunError):
        read_header(path)


def test_the_keep_policy_spares_all_but_old_automatic_ones(run: Run) -> None:
    folder = run.checkpoints_dir
    for step in range(100, 900, 100):
        write_checkpoint(folder, f"step-{step:06d}")
    write_checkpoint(folder, "step-000010", who="you")
    write_checkpoint(folder, "step-000020-mine", label="mine")
    write_checkpoint(folder, "step-000030", kept=True)
    (folder / "step-000040.safetensors").write_bytes(b"damaged")
    keep_checkpoint(run, "step-000100")
    set_latest(run, "step-000200")
    assert prune(run, 2) == ["step-000600", "step-000500", "step-000400", "step-000300"]
    left = {
        "step-000800", "step-000700", "step-000200", "step-000100", "step-000010", "step-000020-mine",
        "step-000030", "step-000040",
    }  # fmt: skip
    assert set(names(run)) == left
    assert prune(run, 2) == []
    keep_checkpoint(run, "step-000100", kept=False)
    assert prune(run, 0) == ["step-000800", "step-000700", "step-000100"]


def test_latest_follows_what_is_there(run: Run, runs_dir: Path) -> None:
    assert latest_checkpoint(run) is None
    with pytest.raises(RunError, match="has no checkpoint yet"):
        resolve_checkpoint("one", runs_dir)
    first = write_checkpoint(run.checkpoints_dir, "step-000001")
    second = write_checkpoint(run.checkpoints_dir, "step-000002")
    assert latest_checkpoint(run) == second
    set_latest(run, "step-000001")
    assert (run.checkpoints_dir / "latest").read_text() == "step-000001.safetensors\n"
    assert latest_checkpoint(run) == first
    delete_checkpoint(run, "step-000001")
    assert latest_checkpoint(run) == second
    delete_checkpoint(run, "step-000002")
    assert latest_checkpoint(run) is None
    with pytest.raises(RunError, match="has no checkpoint"):
        delete_checkpoint(run, "step-000002")


@pytest.mark.parametrize(
    "content", [b"", b"../../run.json\n", b"step-000009", b"\xff\xfe", b"step-000001\n", b"/etc/passwd"]
)
def test_a_damaged_latest_leads_to_the_newest_or_a_real_one(run: Run, content: bytes) -> None:
    first = write_checkpoint(run.checkpoints_dir, "step-000001")
    second = write_checkpoint(run.checkpoints_dir, "step-000002")
    (run.checkpoints_dir / "latest").write_bytes(content)
    assert latest_checkpoint(run) == (first if content.startswith(b"step-000001") else second)


@pytest.mark.parametrize(
    "name", ["../run", "/etc/passwd", "step-1/../../run", "run.json", "step-", "step-1\n", ""]
)
def test_names_that_lead_elsewhere_are_refused(run: Run, name: str) -> None:
    for action in (delete_checkpoint, keep_checkpoint, set_latest):
        with pytest.raises(RunError, match="no checkpoint's name"):
            action(run, name)


def test_a_checkpoint_is_named_by_file_or_by_run(run: Run, runs_dir: Path, tmp_path: Path) -> None:
    path = write_checkpoint(run.checkpoints_dir, "step-000001")
    assert resolve_checkpoint(str(path), tmp_path) == path
    assert resolve_checkpoint("one", runs_dir) == path
    assert resolve_checkpoint(str(run.path), tmp_path) == path
    for ref, words in (
        ("gone.safetensors", "there is no checkpoint"),
        ("nobody", "there is no run"),
        ("a\0", "NUL"),
    ):
        with pytest.raises(RunError, match=words):
            resolve_checkpoint(ref, runs_dir)


def test_a_header_says_what_its_json_is_not(run: Run) -> None:
    path = run.checkpoints_dir / "step-000001.safetensors"
    path.write_bytes(checkpoint_bytes(METADATA, config="{"))
    with pytest.raises(RunError, match="its config cannot be understood"):
        _ = read_header(path).config
    with pytest.raises(RunError, match="has no weights"):
        read_tensor_bytes(read_header(path), "weights")


def test_metadata_is_immutable_plain_data() -> None:
    fields: dict[str, Any] = msgspec.to_builtins(METADATA)
    assert CheckpointMetadata(**fields) == METADATA
