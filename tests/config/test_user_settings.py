"""The user's preferences survive, whatever is in them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.config.errors import UsageError
from gan_tui.config.paths import runs_dir, runtime_dir
from gan_tui.config.user_settings import UserSettings, load_settings, save_settings, settings_file

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


def test_no_file_gives_defaults() -> None:
    assert load_settings() == UserSettings()


@given(st.none() | TEXT, TEXT, st.dictionaries(TEXT, TEXT, max_size=4), st.booleans())
def test_what_is_saved_is_loaded(theme: str | None, mode: str, keys: dict[str, str], seen: bool) -> None:
    settings = UserSettings(theme=theme, mode=mode, keys=keys, hint_seen=seen)
    save_settings(settings)
    assert load_settings() == settings
    assert [path.name for path in settings_file().parent.iterdir()] == ["settings.toml"]


@given(st.binary(max_size=60))
def test_a_damaged_file_is_one_sentence_or_understood(content: bytes) -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_bytes(content)
    with contextlib.suppress(UsageError):
        assert isinstance(load_settings(), UserSettings)


def test_the_runs_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("runs")
    monkeypatch.chdir(folder)
    assert runs_dir() == folder / "checkpoints"
    monkeypatch.setenv("GAN_TUI_RUNS_DIR", "/elsewhere")
    assert str(runs_dir()) == "/elsewhere"
    assert runs_dir(folder) == folder


def test_the_runtime_folder_is_private_and_short(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for base in (str(tmp_path_factory.mktemp("run")), "/nowhere", "/" + "x" * 120, ""):
        monkeypatch.setenv("XDG_RUNTIME_DIR", base)
        folder = runtime_dir()
        assert folder.is_dir()
        assert folder.stat().st_mode & 0o077 == 0
        assert len(str(folder)) <= 70
