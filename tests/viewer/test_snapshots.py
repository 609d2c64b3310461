"""Pictures of the whole screen at the four sizes and in each state; the same run and clock each time.

After a wanted change: ``pytest tests/viewer/test_snapshots.py --snapshot-update``, and look at what changed.
"""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from gan_tui.viewer.app import Preferences, ViewerApp
from gan_tui.viewer.look import Look
from gan_tui.viewer.snapshot import Snapshot
from tests.viewer import fixtures
from tests.viewer.fake_source import FakeSource
from tests.viewer.pilot import WALL, text, until

SIZES = [(80, 24), (120, 40), (200, 60), (60, 50)]
WORDS = {
    "paused": "nothing moves",
    "died": "killed by the system (signal 9), likely for want of memory",
    "detached": "no word from the trainer for 6 s",
    "finished": "best distance 18 at step 1,100",
    "collapsed": "only 3 of 10 digits",
}
Compare = Callable[..., bool]


def stopped_clock() -> float:
    """Nothing grows old in a picture."""
    return 1000.0


def app(snapshot: Snapshot, look: Look | None = None, *, hint_seen: bool = True) -> ViewerApp:
    """The viewer of a run that stands still."""
    source = FakeSource(snapshot, clock=stopped_clock)
    return ViewerApp(
        source, look or Look(), Preferences(hint_seen=hint_seen), clock=stopped_clock, wall=lambda: WALL
    )


def after(*keys: str, words: str = "") -> Callable[[Pilot[Any]], Any]:
    """Press keys, and wait until these words are on the screen."""

    async def run(pilot: Pilot[Any]) -> None:
        await pilot.pause(0.2)
        await pilot.press(*keys)
        await until(pilot, lambda: words in text(pilot.app))
        await pilot.pause(0.2)

    return run


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_training(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(app(fixtures.training()), terminal_size=size, run_before=after(words="TRAINING"))


@pytest.mark.parametrize("state", list(WORDS))
def test_state(snap_compare: Compare, state: str) -> None:
    snapshot = fixtures.STATES[state]()
    assert snap_compare(app(snapshot), terminal_size=(120, 40), run_before=after(words=WORDS[state]))


def test_starting(snap_compare: Compare) -> None:
    viewer = app(fixtures.starting(), hint_seen=False)
    assert snap_compare(viewer, terminal_size=(120, 40), run_before=after(words="STARTING"))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (("q",), "Cancel"),
        (("c", "down"), "1,150  latest"),
        (("question_mark",), "LEAVE"),
        (("1",), "28 of 40"),
        (("5",), "D's opinion"),
        (("S", "b", "e", "s", "t"), "best"),
        (("n",), "refused: pause first"),
    ],
    ids=["quit", "checkpoints", "help", "samples", "losses", "save-as", "refused"],
)
def test_after_keys(snap_compare: Compare, keys: tuple[str, ...], words: str) -> None:
    viewer = app(fixtures.training())
    assert snap_compare(viewer, terminal_size=(120, 40), run_before=after(*keys, words=words))


@pytest.mark.parametrize("name", ["light", "contrast", "256", "ascii mono"])
def test_look(snap_compare: Compare, name: str) -> None:
    viewer = app(fixtures.training(), fixtures.LOOKS[name])
    assert snap_compare(viewer, terminal_size=(80, 24), run_before=after(words="TRAINING"))


def test_too_small(snap_compare: Compare) -> None:
    viewer = app(fixtures.training())
    assert snap_compare(viewer, terminal_size=(40, 12), run_before=after(words="is too small"))
