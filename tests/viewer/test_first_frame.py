"""What the first frame waits for: a fresh interpreter paints one, and tells what it had loaded by then."""

import subprocess
import sys
from pathlib import Path

import pytest

from gan_tui.config.run_config import RunConfig
from gan_tui.runs.run import create_run

SOURCE = """
import asyncio, sys
from pathlib import Path
from gan_tui.runs.run import Run
from gan_tui.viewer.app import ViewerApp
from gan_tui.viewer.live_source import LiveSource
from gan_tui.viewer.look import Look

frames = []

def tell(what):
    heavy = ("numpy", "plotext", "PIL", "torch", "scipy", "zmq", "sqlite3", "pydantic")
    print(what + ":", *[m for m in heavy if m in sys.modules])

class Painting(ViewerApp):
    def _display(self, screen, renderable):
        super()._display(screen, renderable)
        if renderable is not None:
            frames or tell("painted")
            strips = screen._compositor.render_strips()
            frames.append("".join(segment.text for strip in strips for segment in strip))

class Waiting(LiveSource):
    def start(self):
        tell("started")

async def main(size):
    source = Waiting(Run(Path(sys.argv[1])), start=True)
    look = Look.detect({"COLORTERM": "truecolor", "TERM": "xterm"})
    async with Painting(source, look).run_test(size=size) as pilot:
        await pilot.pause()
        print(*[word in frames[0] for word in ("WARMING UP", "SAMPLES", "STARTING", "quit")])

asyncio.run(main((int(sys.argv[2]), int(sys.argv[3]))))
"""


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 60)])
def test_the_first_frame_is_whole_and_waits_for_nothing_heavy(tmp_path: Path, size: tuple[int, int]) -> None:
    run = create_run(RunConfig(), tmp_path / "runs", "one", {})
    done = subprocess.run(
        [sys.executable, "-c", SOURCE, str(run.path), *map(str, size)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["painted:", "started:", "True True True True"]
