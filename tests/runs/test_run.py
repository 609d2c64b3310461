import datetime as dt
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.config.errors import UsageError
from gan_tui.config.fields import to_values
from gan_tui.config.run_config import RunConfig
from gan_tui.link.endpoints import Endpoints
from gan_tui.runs import index
from gan_tui.runs.errors import RunError
from gan_tui.runs.names import checked_name, checkpoint_name, default_run_name
from gan_tui.runs.run import Run, create_run, find_run, run_of_checkpoint

NewRun = Callable[..., Run]


def test_a_new_run_says_what_it_was_asked(runs_dir: Path) -> None:
    run = create_run(
        RunConfig(recipe="balanced", seed=7), runs_dir, None, {"seed": 7, "data": Path("x")}, "a/b"
    )
    manifest = run.manifest()
    assert manifest.config == to_values(RunConfig(recipe="balanced", seed=7))
    assert manifest.given == {"seed": 7, "data": "x"}
    assert (manifest.recipe, manifest.seeds, manifest.resumed_from) == ("balanced", {"seed": 7}, "a/b")
    assert manifest.endpoints == run.endpoints()
    assert abs(manifest.created_at - time.time()) < 60
    assert run.checkpoints_dir.is_dir()


def test_names_are_recipe_and_day_and_unique(new_run: NewRun) -> None:
    today = f"{dt.datetime.now().astimezone():%m%d}"
    names = [new_run(recipe="balanced").name for _ in range(3)]
    assert names == [f"balanced-{today}", f"balanced-{today}-2", f"balanced-{today}-3"]
    assert new_run().name == f"run-{today}"
    assert default_run_name("swift", dt.date(2026, 1, 9)) == "swift-0109"


def test_runs_made_at_the_same_moment_get_folders_of_their_own(new_run: NewRun) -> None:
    made: list[Run] = []
    threads = [threading.Thread(target=lambda: made.append(new_run())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({run.path for run in made}) == 8
    assert {Path(path) for path in index.known_runs(None)} == {run.path.resolve() for run in made}


def test_a_taken_name_is_a_usage_mistake(new_run: NewRun) -> None:
    new_run("mine")
    with pytest.raises(UsageError, match="there is a 'mine' in"):
        new_run("mine")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a/b",
        "../x",
        "..",
        ".hidden",
        "-rf",
        "a\nb",
        "a\x1b[31m",
        "a\0b",
        "x" * 81,
        "é" * 41,
        "a\\b",
        "\udcff",
        "a\u202eb",
    ],
)
def test_hostile_names_are_one_sentence_and_no_folder(name: str, new_run: NewRun, runs_dir: Path) -> None:
    with pytest.raises(UsageError) as mistake:
        new_run(name)
    assert str(mistake.value).isprintable()
    assert not runs_dir.exists()


@given(st.text(max_size=100))
def test_a_name_is_refused_or_is_one_safe_file_name(name: str) -> None:
    try:
        checked = checked_name(name)
    except UsageError:
        return
    assert checked == Path(checked).name == name.strip()
    assert checked.isprintable()
    assert len(os.fsencode(checked)) <= 80


@given(st.integers(0, 10**12), st.text(max_size=300))
def test_a_checkpoints_name_is_one_safe_file_name(step: int, label: str) -> None:
    name = checkpoint_name(step, label)
    assert Path(name).name == name
    assert name.isprintable()
    assert len(os.fsencode(name)) < 130
    assert name.startswith(f"step-{step:06d}")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="no run can be made in"):
        create_run(RunConfig(), tmp_path / "file", None, {})


def test_find_by_name_path_and_newest(new_run: NewRun, runs_dir: Path, tmp_path: Path) -> None:
    old, new = new_run("old"), new_run("new")
    for run, age in ((old, 100), (new, 50)):
        for path in (*run.path.iterdir(), run.path):
            os.utime(path, (time.time() - age, time.time() - age))
    assert find_run(None, runs_dir) == new
    old.log_path.write_text("alive")
    assert find_run(None, runs_dir).path.samefile(old.path)
    assert find_run("new", runs_dir) == new
    assert find_run("new", tmp_path / "elsewhere").path.samefile(new.path)
    assert find_run(str(new.path), tmp_path) == new
    assert find_run(f"{new.path}/", tmp_path) == new


@pytest.mark.parametrize("ref", ["nobody", "/nowhere/x", "", ".", "..", "a\0b", "x" * 5000, "../../etc"])
def test_a_run_that_is_not_there_is_one_sentence(ref: str, new_run: NewRun, runs_dir: Path) -> None:
    new_run("one")
    with pytest.raises(RunError, match="gan-tui runs"):
        find_run(ref, runs_dir)


def test_no_run_at_all_is_one_sentence(runs_dir: Path) -> None:
    with pytest.raises(RunError, match="no run yet"):
        find_run(None, runs_dir)


def test_one_name_in_two_places_asks_for_the_path(tmp_path: Path) -> None:
    for place in ("a", "b"):
        create_run(RunConfig(), tmp_path / place, "same", {})
    with pytest.raises(RunError, match="several runs are called 'same'"):
        find_run("same", tmp_path)
    assert find_run("same", tmp_path / "b").path == tmp_path / "b" / "same"


def test_a_moved_run_is_found_again_by_its_path_and_then_by_name(run: Run, tmp_path: Path) -> None:
    moved = tmp_path / "archive" / "mine"
    moved.parent.mkdir()
    run.path.rename(moved)
    with pytest.raises(RunError):
        find_run("one", tmp_path)
    assert find_run(str(moved), tmp_path) == Run(moved)
    assert find_run("mine", tmp_path).path.samefile(moved)
    assert [path.name for path in index.known_runs(None)] == ["mine"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"format":1,"runs":[1]}',
        b'{"runs":["rel","/a\\u0000b"]}',
        b"\xff" * 99,
        b"[" * 9999,
    ],
)
def test_a_damaged_index_grows_anew(content: bytes, new_run: NewRun, runs_dir: Path) -> None:
    first = new_run("first")
    index.index_file().write_bytes(content)
    assert find_run(None, runs_dir).path.samefile(first.path)
    second = new_run("second")
    assert index.known_runs(None) == [second.path.resolve()]
    assert {path.name for path in index.known_runs(runs_dir)} == {"first", "second"}


def test_an_index_that_cannot_be_written_stops_nothing(
    new_run: NewRun, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    run = new_run("one")
    assert find_run("one", runs_dir) == run


def test_manifest_changes_add_up_from_several_threads(run: Run) -> None:
    changes = [{"pid": 5}, {"host": "h"}, {"recipe": "swift"}, {"machine": {"a": 1}}]
    threads = [
        threading.Thread(target=lambda c=c: run.update_manifest(**c)) for c in changes for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    manifest = run.manifest()
    assert (manifest.pid, manifest.host, manifest.recipe, manifest.machine) == (5, "h", "swift", {"a": 1})
    assert [path.name for path in run.path.iterdir() if path.name.startswith(".")] == []


@given(st.binary(max_size=200))
def test_any_manifest_is_read_or_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("run")
    (folder / "run.json").write_bytes(content)
    with pytest.raises(RunError, match="cannot be understood"):
        Run(folder).manifest()


def test_a_newer_manifest_is_refused(run: Run) -> None:
    content = msgspec.json.decode((run.path / "run.json").read_bytes())
    (run.path / "run.json").write_bytes(msgspec.json.encode(content | {"format": 2}))
    with pytest.raises(RunError, match="newer gan-tui"):
        run.manifest()


def test_a_huge_manifest_is_not_taken_into_memory(run: Run) -> None:
    with (run.path / "run.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(RunError, match="larger than"):
        run.manifest()


def test_endpoints_are_the_same_after_a_restart_and_others_for_a_copy(run: Run, tmp_path: Path) -> None:
    assert run.endpoints() == Run(run.path).endpoints()
    assert run.endpoints().usable()
    link = tmp_path / "link"
    link.symlink_to(run.path)
    assert Run(link).endpoints() == run.endpoints()
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "run.json").write_bytes((run.path / "run.json").read_bytes())
    assert Run(copy).endpoints() != run.endpoints()


def test_a_viewer_in_another_environment_finds_the_recorded_sockets(
    run: Run, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = run.endpoints()
    other = tmp_path_factory.mktemp("x", numbered=False)
    monkeypatch.setenv("TMPDIR", str(other))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(other))
    assert run.endpoints() == recorded
    elsewhere = Endpoints("/nowhere/a.stream", "/nowhere/a.commands")
    run.update_manifest(endpoints=elsewhere)
    assert run.endpoints() != elsewhere


def test_the_run_of_a_checkpoint(run: Run, tmp_path: Path) -> None:
    assert run_of_checkpoint(run.checkpoints_dir / "step-000001.safetensors") == run
    assert run_of_checkpoint(tmp_path / "checkpoints" / "step-000001.safetensors") is None
    assert run_of_checkpoint(tmp_path / "x.safetensors") is None
