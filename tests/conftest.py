"""Fixtures that every test folder shares."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Tests never assert wall clock: on a busy machine a slow example is no failure.
settings.register_profile("gan-tui", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gan-tui")

REPOSITORY = Path(__file__).resolve().parent.parent


def real_data_folder() -> Path | None:
    """The folder that holds the whole of MNIST, or None where this machine has none.

    It is looked for in ``$GAN_TUI_TEST_DATA`` and in ``../shared/data`` beside the repository.
    """
    named = os.environ.get("GAN_TUI_TEST_DATA")
    for folder in ([Path(named)] if named else []) + [REPOSITORY.parent / "shared" / "data"]:
        if (folder / "mnist" / "mnist_all.mat").is_file():
            return folder / "mnist"
    return None


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """The whole of MNIST as ``mnist_all.mat`` and as IDX files; skips where it is absent."""
    folder = real_data_folder()
    if folder is None:
        pytest.skip(
            "the whole of MNIST is not here: set GAN_TUI_TEST_DATA to a folder with mnist/mnist_all.mat"
        )
    return folder


@pytest.fixture(autouse=True)
def private_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a home of its own, away from the user's settings, cache and index of runs."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name, folder in {
        "XDG_CACHE_HOME": ".cache",
        "XDG_CONFIG_HOME": ".config",
        "XDG_STATE_HOME": ".local/state",
        "XDG_DATA_HOME": ".local/share",
    }.items():
        monkeypatch.setenv(name, str(home / folder))
    monkeypatch.delenv("GAN_TUI_RUNS_DIR", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return home
