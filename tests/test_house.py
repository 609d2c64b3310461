"""The house's own rules: types, style, formatting and the border between the two processes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CHECKS = {
    "types": [sys.executable, "-m", "mypy", "--cache-dir=/dev/null"],
    "style": [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise", "."],
    "format": [sys.executable, "-m", "ruff", "format", "--no-cache", "--check", "."],
    "border": [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
}


@pytest.mark.parametrize("rule", CHECKS)
def test_the_house_keeps_its_rules(rule: str) -> None:
    done = subprocess.run(CHECKS[rule], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize(
    ("modules", "forbidden"),
    [
        ("gan_tui.viewer.app, gan_tui.viewer.run_viewer, gan_tui.viewer.live_source", "torch"),
        ("gan_tui.training.process", "textual"),
        ("gan_tui.data, gan_tui.render", "gan_tui.config"),
    ],
)
def test_the_border_holds_at_run_time(modules: str, forbidden: str) -> None:
    script = f"import sys, {modules}; sys.exit({forbidden!r} in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"importing {modules} brought in {forbidden}: {done.stderr[-1000:]}"
