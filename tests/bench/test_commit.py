"""The commit of the source, in checkouts made for it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from gan_tui.bench.commit import Commit, commit_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project whose package is committed, and which has another one, installed, that is not."""
    for name in ("package", "venv/other"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "__init__.py").write_text("x = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "package")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_a_package_of_a_checkout_has_its_commit(checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    assert commit_of(checkout / "package") == Commit(head, changed=False)
    (checkout / "package" / "__init__.py").write_text("x = 2\n")
    assert commit_of(checkout / "package") == Commit(head, changed=True)


def test_what_is_installed_below_a_checkout_has_none(checkout: Path) -> None:
    assert commit_of(checkout / "venv" / "other") == Commit(None, None)


def test_without_a_checkout_or_git_there_is_none(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commit_of(tmp_path_factory.mktemp("nowhere")) == Commit(None, None)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert commit_of(checkout / "package") == Commit(None, None)
