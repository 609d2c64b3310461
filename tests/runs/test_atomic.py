from pathlib import Path
from typing import BinaryIO

import pytest

from gan_tui.runs.atomic import atomic_write, atomic_write_bytes, fsync_folder, remove_leftovers


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a"
    atomic_write_bytes(path, b"old")

    def fail(file: BinaryIO) -> None:
        file.write(b"half of the ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        atomic_write(path, fail)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_while_it_is_written_the_old_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    atomic_write_bytes(path, b"old")
    seen = []
    atomic_write(path, lambda file: (file.write(b"new"), file.flush(), seen.append(path.read_bytes())))
    assert seen == [b"old"]
    assert path.read_bytes() == b"new"


def test_leftovers_of_killed_writers_go_and_files_stay(tmp_path: Path) -> None:
    (tmp_path / ".a.123.ff.tmp").write_bytes(b"x")
    (tmp_path / "b.tmp").write_bytes(b"x")
    assert remove_leftovers(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["b.tmp"]
    fsync_folder(tmp_path / "gone")
