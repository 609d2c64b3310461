"""What the viewer's process loads, and when: a fresh interpreter tells."""

import subprocess
import sys

SOURCE = """
import asyncio, sys
import gan_tui.viewer.app, gan_tui.viewer.live_source, gan_tui.viewer.run_viewer
late = ("numpy", "plotext", "PIL", "scipy", "zmq", "sqlite3")
print("before the first paint:", *[m for m in late if m in sys.modules])
from tests.viewer.pilot import text, until, viewing

async def main():
    async with viewing() as (app, source, pilot):
        await pilot.press("d", "c")
        await until(pilot, lambda: "latest" in text(app))
        await pilot.press("escape", "question_mark", "escape", "5")
        await until(pilot, lambda: app.view_options.maximised == "losses")
        await pilot.pause(0.3)

asyncio.run(main())
never = ("torch", "gan_tui.training", "gan_tui.networks", "scipy")
print("at the end:", *[m for m in never if m in sys.modules])
"""

LOADED = """
import sys
from gan_tui.viewer.widgets.chart import load_libraries
before = {"numpy", "plotext"} & sys.modules.keys()
load_libraries()
print(sorted(before), sorted({"numpy", "plotext"} & sys.modules.keys()))
"""


def test_what_drawing_needs_is_loaded_ahead_of_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout == "[] ['numpy', 'plotext']\n", done.stderr


def test_no_torch_ever_and_nothing_heavy_before_the_first_paint() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SOURCE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["before the first paint:", "at the end:"]
