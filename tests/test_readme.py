"""The README's promises that a machine can hold it to."""

import re
from pathlib import Path

from gan_tui.cli.group import COMMANDS
from gan_tui.config.recipes import RECIPES
from gan_tui.viewer.keys import KEYS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_two_commands_are_there_and_pinned() -> None:
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert all("-c constraints.txt" in line for line in lines)
    assert lines[0].endswith("gan-tui")
    assert "python -m pytest" in lines[1]


def test_its_picture_and_links_are_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_command_in_it_exists() -> None:
    for name in re.findall(r"^gan-tui (\w+)", README, re.MULTILINE):
        assert name in COMMANDS


def test_every_recipe_is_in_it() -> None:
    for name in RECIPES:
        assert f"| `{name}` |" in README


def test_the_key_of_its_example_can_be_changed() -> None:
    ids = {key.id for key in KEYS}
    example = re.findall(r'^"([\w.]+)" = ', README, re.MULTILINE)
    assert example
    assert set(example) <= ids


def test_the_constraints_pin_the_tested_torch() -> None:
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "\ntorch==2.13.0\n" in constraints
