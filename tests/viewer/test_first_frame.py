"""What the first frame waits for: a fresh interpreter paints one, and tells what it had loaded by then."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = """
import asyncio, sys
from pathlib import Path
from gan_tui.viewer.app import Preferences, ViewerApp
from gan_tui.viewer.look import Look
from gan_tui.viewer.snapshot import Snapshot

class Waiting:
    folder = Path("nowhere")
    def snapshot(self):
        return Snapshot(run="new", state="WARMING UP")
    def start(self):
        print("painted:", *[m for m in ("numpy", "plotext", "PIL", "torch", "scipy") if m in sys.modules])
    def close(self):
        pass

async def main():
    app = ViewerApp(Waiting(), Look.detect({"COLORTERM": "truecolor", "TERM": "xterm"}), Preferences())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        from tests.viewer.pilot import text
        print("WARMING UP" in text(app))

asyncio.run(main())
"""


def test_the_first_frame_waits_for_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SOURCE], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["painted:", "True"]
