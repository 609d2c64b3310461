import subprocess
import sys

import pytest

MODULES = [
    "gan_tui.link.ask",
    "gan_tui.link.client",
    "gan_tui.link.server",
    "gan_tui.runs.checkpoints",
    "gan_tui.runs.history",
    "gan_tui.runs.launch",
    "gan_tui.runs.lock",
    "gan_tui.runs.run",
    "gan_tui.runs.summary",
]
HEAVY = [
    "torch",
    "textual",
    "plotext",
    "numpy",
    "scipy",
    "pydantic",
    "safetensors",
    "gan_tui.training",
    "gan_tui.viewer",
]


@pytest.mark.parametrize("module", MODULES)
def test_link_and_runs_import_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
