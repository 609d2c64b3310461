"""The viewer on a screen of the test's, fed by a fake run."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from gan_tui.viewer.app import Preferences, ViewerApp
from gan_tui.viewer.look import Look
from gan_tui.viewer.snapshot import Snapshot
from tests.viewer import fixtures
from tests.viewer.fake_source import FakeSource

WALL = fixtures.START + 1300.0
"""The time of day in these tests."""


@asynccontextmanager
async def viewing(
    snapshot: Snapshot | None = None,
    *,
    size: tuple[int, int] = (120, 40),
    source: FakeSource | None = None,
    look: Look | None = None,
    preferences: Preferences | None = None,
) -> AsyncIterator[tuple[ViewerApp, FakeSource, Pilot[Any]]]:
    """A running viewer, its source, and a pilot that presses keys."""
    fed = source or FakeSource(snapshot)
    app = ViewerApp(fed, look or Look(), preferences, wall=lambda: WALL)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, fed, pilot


def text(app: ViewerApp) -> str:
    """What is on the screen."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def until(pilot: Pilot[Any], what: Callable[[], bool], tries: int = 200) -> None:
    """Wait for something that a thread or the next tick brings."""
    for _ in range(tries):
        if what():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came")
