"""What a run begins with: settings are checked before anything is written, on every way to it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gan_tui.cli.run import start_or_resume
from gan_tui.config.errors import UsageError
from gan_tui.config.sources import combine
from gan_tui.runs.run import Run, create_run
from tests.runs.files import write_checkpoint


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "small.npz"
    np.savez(path, x_train=np.ones((20, 28, 28), np.uint8), y_train=np.arange(20) % 10)
    return path


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def mine(data: Path, runs: Path) -> Run:
    """A run that was ended, with a checkpoint."""
    given = {"recipe": "swift", "data": str(data)}
    run = create_run(combine(given), runs, "mine", given)
    write_checkpoint(run.checkpoints_dir, "step-000100")
    return run


def started(
    runs: Path, resume: str | None = None, config: Path | None = None, **options: Any
) -> tuple[Run, Path | None]:
    return start_or_resume(options, str(config) if config else None, None, str(runs), resume)


def test_a_run_goes_on_with_what_is_given_anew(mine: Run, runs: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    other.write_bytes(b"")
    run, checkpoint = started(runs, "mine", data=str(other), steps=7)
    assert (run, checkpoint) == (mine, mine.checkpoints_dir / "step-000100.safetensors")
    manifest = mine.manifest()
    assert (manifest.config["data"], manifest.config["steps"]) == (str(other), 7)
    assert manifest.config["recipe"] == "swift"
    assert manifest.given == {"recipe": "swift", "data": str(other), "steps": 7}


@pytest.mark.parametrize("absent", ["absent.mat", "~nobody-of-that-name/absent.mat", "x" * 300, "a\0b"])
def test_data_that_is_not_there_leaves_a_run_s_manifest_as_it_was(absent: str, mine: Run, runs: Path) -> None:
    before = mine.manifest()
    with pytest.raises(UsageError, match=r"there is no .*sample"):
        started(runs, "mine", data=absent, steps=7)
    assert mine.manifest() == before
    run, _ = started(runs, "mine", steps=7)
    assert run.manifest().config["steps"] == 7


def test_data_of_a_file_of_settings_is_checked_too(mine: Run, runs: Path, tmp_path: Path) -> None:
    before = mine.manifest()
    file = tmp_path / "settings.toml"
    file.write_text('data = "absent.mat"\n')
    with pytest.raises(UsageError, match=r"there is no absent\.mat"):
        started(runs, "mine", file)
    assert mine.manifest() == before


def test_all_mistakes_are_told_at_once(mine: Run, runs: Path) -> None:
    with pytest.raises(UsageError, match=r"--steps: .*; --data: there is no absent\.mat"):
        started(runs, "mine", data="absent.mat", steps="-1")
    with pytest.raises(UsageError, match=r"--steps: .*; --data: there is no absent\.mat"):
        started(runs, data="absent.mat", steps="-1")
    assert [path.name for path in runs.iterdir()] == [mine.name]


def test_a_checkpoint_from_elsewhere_leaves_no_run_without_its_data(
    runs: Path, data: Path, tmp_path: Path
) -> None:
    settings = {"recipe": "swift", "data": str(tmp_path / "moved.npz")}
    (tmp_path / "elsewhere").mkdir()
    path = write_checkpoint(tmp_path / "elsewhere", "step-000100", config=settings)
    for options in ({"data": "absent.mat"}, {}):
        with pytest.raises(UsageError, match=r"there is no .*(absent\.mat|moved\.npz)"):
            started(runs, str(path), **options)
        assert not runs.exists()
    run, checkpoint = started(runs, str(path), data=str(data))
    assert checkpoint == path
    assert run.manifest().config["data"] == str(data)
    assert run.manifest().resumed_from == str(path)


def test_sets_are_known_by_name(mine: Run, runs: Path) -> None:
    started(runs, "mine", data="sample")
    assert mine.manifest().config["data"] == "sample"
