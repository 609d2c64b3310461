"""The command line: default command, help, mistakes as one sentence, exit statuses, results on stdout."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gan_tui import __version__
from gan_tui.cli.entry import run_command_line
from gan_tui.cli.group import COMMANDS
from gan_tui.config.fields import fields


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """What stderr says; asserts that it is one line of ours, and that stdout is empty."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gan-tui: ")
    assert err.count("\n") == 1
    return err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["--version"]) == 0
    assert capsys.readouterr().out == f"gan-tui {__version__}\n"


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in COMMANDS:
        assert f"  {name} " in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line([name, "--help"]) == 0
    assert "Usage: gan-tui" in capsys.readouterr().out


def test_every_setting_is_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    run_command_line(["run", "--help"])
    shown = capsys.readouterr().out
    for name, field in fields().items():
        assert f"--{name.replace('_', '-')}" in shown
        assert str(field.description)[:20] in " ".join(shown.split())


def test_options_without_a_command_mean_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["--headless", "--steps", "-1", "--g-lr", "x", "--recipe", "nice"]) == 2
    sentence = one_sentence(capsys)
    for part in ("--steps", "--g-lr", "'nice'"):
        assert part in sentence


def test_an_unknown_command_or_option_is_a_usage_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["rum"]) == 2
    assert "rum" in one_sentence(capsys)
    assert run_command_line(["run", "--colour"]) == 2
    assert "--colour" in one_sentence(capsys)


def test_without_a_terminal_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line([]) == 2
    assert "--headless" in one_sentence(capsys)


def test_control_characters_of_an_argument_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command_line(["data", "info", "no\x1b[31msuch\nfile"]) == 1
    assert "\x1b" not in one_sentence(capsys)


def test_a_run_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for command in (["stop", "nobody"], ["sample", "nobody"], ["run", "--headless", "--resume", "nobody"]):
        assert run_command_line([*command, "--runs-dir", str(tmp_path)]) == 1
        assert "nobody" in one_sentence(capsys)


def test_no_runs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run_command_line(["runs", "--json", "--runs-dir", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert run_command_line(["runs", "--runs-dir", str(tmp_path)]) == 0
    assert "no runs yet" in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["completion", shell]) == 0
    assert "_GAN_TUI_COMPLETE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "offered"),
    [("gan-tui st", "stop"), ("gan-tui run --recipe s", "swift"), ("gan-tui run --device c", "cuda")],
)
def test_completion_completes(words: str, offered: str) -> None:
    program = Path(sys.executable).with_name("gan-tui")
    environment = {
        "_GAN_TUI_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run([program], env=environment, capture_output=True, text=True, check=False)
    assert f"plain,{offered}" in done.stdout


class TestDataInfo:
    def test_of_a_file(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = tmp_path / "mine.npz"
        images = np.zeros((20, 28, 28), np.uint8)
        images[:, 8:20, 12:16] = 255
        np.savez(path, x_train=images, y_train=np.arange(20) % 10)
        assert run_command_line(["data", "info", str(path)]) == 0
        shown = capsys.readouterr().out
        assert "20 images of 28×28, npz" in shown
        assert "fingerprint" in shown
        drawn = shown[shown.index("fingerprint") :].splitlines()[4:]
        assert any(not line.isspace() for line in drawn if line)

    def test_as_json(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = tmp_path / "mine.npz"
        np.savez(path, x_train=np.ones((30, 8, 8), np.uint8), y_train=np.arange(30) % 10)
        assert run_command_line(["data", "info", str(path), "--json"]) == 0
        facts = json.loads(capsys.readouterr().out)
        assert facts["images"] == 30
        assert facts["classes"] == {str(digit): 3 for digit in range(10)}
        assert set(facts) >= {"format", "name", "images", "shape", "classes", "fingerprint"}

    def test_a_damaged_file_is_one_sentence(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = tmp_path / "broken.npz"
        path.write_bytes(b"PK\x03\x04 nonsense")
        assert run_command_line(["data", "info", str(path)]) == 1
        assert "broken.npz" in one_sentence(capsys)
