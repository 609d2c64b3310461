from pathlib import Path

import pytest

from gan_tui.runs import places

MOUNTS = """\
/dev/root / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb /home/local xfs rw 0 0
sshfs /mnt/far\\040away fuse.sshfs rw 0 0
nonsense
tmpfs /tmp tmpfs rw 0 0
overlay / overlay rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/me/runs", "nfs4"),
        ("/home/local/runs", "xfs"),
        ("/homestead", "overlay"),
        ("/mnt/far away/x", "fuse.sshfs"),
        ("/tmp", "tmpfs"),  # noqa: S108 - a name in a table
        ("/", "overlay"),
    ],
)
def test_the_nearest_and_newest_mount_counts(folder: str, kind: str) -> None:
    assert places.file_system_of(Path(folder), MOUNTS) == kind


def test_a_network_file_system_gets_no_wal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "mounts"
    monkeypatch.setattr(places, "MOUNTS", table)
    for kind, mode in (("nfs4", "TRUNCATE"), ("fuse.sshfs", "TRUNCATE"), ("ext4", "WAL"), ("fuse", "WAL")):
        table.write_text(f"x {tmp_path} {kind} rw 0 0\n")
        assert places.journal_mode(tmp_path) == mode
    table.unlink()
    assert places.journal_mode(tmp_path) == "WAL"
