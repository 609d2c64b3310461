"""The app around the panes: themes, sizes, the palette, the first hint, the mouse, what is drawn when."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from gan_tui.config.errors import GanTuiError
from gan_tui.config.user_settings import UserSettings, load_settings, save_settings
from gan_tui.link.commands import Pause, Set
from gan_tui.link.messages import Applied
from gan_tui.viewer.actions.leave import last_words
from gan_tui.viewer.app import Preferences, ViewerApp
from gan_tui.viewer.keys import KEYS
from gan_tui.viewer.layout import arrange
from gan_tui.viewer.look import Look
from gan_tui.viewer.palette import commands
from gan_tui.viewer.run_viewer import _encoding, _preferences
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane
from tests.viewer import fixtures
from tests.viewer.fake_source import FakeSource
from tests.viewer.pilot import text, until, viewing

Show = Callable[[Snapshot, ViewOptions], None]
SIZES = [(80, 24), (120, 40), (200, 60), (60, 50), (60, 20), (100, 30), (300, 100), (40, 12)]


async def test_starts_the_source_after_the_first_paint_and_closes_it_at_the_end() -> None:
    source = FakeSource()
    async with viewing(source=source) as (app, _, pilot):
        await until(pilot, lambda: source.started)
        assert "TRAINING" in text(app)
    assert source.closed


async def test_the_theme_goes_round_and_is_remembered() -> None:
    preferences, theme = _preferences()
    assert theme is None
    async with viewing(preferences=preferences) as (app, _, pilot):
        seen = []
        for _ in range(3):
            await pilot.press("T")
            seen.append(app.look.theme)
            assert load_settings().theme == seen[-1]
        assert seen == ["light", "contrast", "dark"]


async def test_the_mode_is_remembered() -> None:
    preferences, _ = _preferences()
    async with viewing(preferences=preferences) as (_, _, pilot):
        await pilot.press("v")
    assert load_settings().mode == "half"
    assert _preferences()[0].mode == "half"


async def test_remembering_keeps_what_else_the_user_set() -> None:
    save_settings(UserSettings(keys={"run.pause": "p"}))
    preferences, _ = _preferences()
    async with viewing(preferences=preferences) as (_, source, pilot):
        await pilot.press("T", "p")
        assert source.sent == [Pause()]
    assert load_settings().keys == {"run.pause": "p"}
    assert load_settings().theme == "light"


async def test_preferences_that_cannot_be_written_are_said() -> None:
    def fail(_changes: dict[str, object]) -> None:
        raise OSError("read-only file system")

    async with viewing(preferences=Preferences(remember=fail)) as (app, _, pilot):
        await pilot.press("T")
        await until(pilot, lambda: "preferences were not saved (read-only file system)" in text(app))
        assert app.look.theme == "light"


async def test_the_hint_goes_with_the_first_key_for_good() -> None:
    changes: list[dict[str, object]] = []
    preferences = Preferences(hint_seen=False, remember=changes.append)
    async with viewing(preferences=preferences) as (app, _, pilot):
        assert "new here? space pauses, arrows steer, ? explains every number" in text(app)
        await pilot.press("down")
        await until(pilot, lambda: "new here?" not in text(app))
        await pilot.press("down")
    assert changes == [{"hint_seen": True}]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", ["training", "starting", "died", "empty"])
async def test_every_pane_has_the_place_that_the_layout_gives(size: tuple[int, int], state: str) -> None:
    async with viewing(fixtures.STATES[state](), size=size) as (app, _, pilot):
        await pilot.pause(0.1)
        wanted = arrange(*size, app.shown.state)
        placed = {
            pane.id: (pane.region.x, pane.region.y, pane.region.width, pane.region.height)
            for pane in app.screen.query(Pane)
            if pane.display
        }
        assert placed == {name: tuple(rect) for name, rect in wanted.items()}


async def test_resizing_leaves_nothing_behind() -> None:
    async with viewing() as (app, _, pilot):
        await pilot.pause(0.1)
        before = text(app)
        for size in ((40, 12), (200, 60), (60, 50), (120, 40)):
            await pilot.resize_terminal(*size)
            await pilot.pause(0.15)
        assert text(app) == before


async def test_a_pane_that_gets_and_leaves_the_whole_screen_is_whole_in_its_first_frame() -> None:
    async with viewing() as (app, _, pilot):
        await pilot.pause(0.1)
        for maximised in ("samples", None, "losses", None):
            app.change_view(maximised=maximised)
            # No frame has been painted since: what the next one paints is there already.
            for name, rect in arrange(120, 40, app.shown.state, maximised).items():
                pane = app.screen.query_one(f"#{name}", Pane)
                rows = [pane.render_line(y) for y in range(rect.height)]
                assert {strip.cell_length for strip in rows} == {rect.width}, name
            await pilot.pause()


async def test_too_small_a_screen_keeps_space_and_q() -> None:
    async with viewing(size=(40, 12)) as (app, source, pilot):
        assert "40x12 is too small" in text(app)
        await pilot.press("d", "c", "question_mark", "1")
        await pilot.pause()
        assert source.sent == []
        assert len(app.screen_stack) == 1
        await pilot.press("space")
        assert source.sent == [Pause()]
        await pilot.press("q")
        await until(pilot, lambda: type(app.screen).__name__ == "Quit")


async def test_the_palette_lists_everything_and_does_it() -> None:
    async with viewing() as (app, source, _):
        listed = list(commands(app))
        assert len(listed) == len(KEYS)
        by_title = {command.title.lower(): command for command in listed}
        assert by_title["pause, resume"].help == "key space"
        assert "not now: pause first (space)" in by_title["next iteration (paused)"].help
        by_title["pause, resume"].callback()
        assert source.sent == [Pause()]
        by_title["resume from the last checkpoint (trainer died)"].callback()
        assert source.resumed == []


async def test_the_palette_is_searched_by_typing() -> None:
    async with viewing() as (app, source, pilot):
        await pilot.press("ctrl+p")
        await until(pilot, lambda: type(app.screen).__name__ == "CommandPalette")
        await pilot.press(*"one more D step")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await until(pilot, lambda: source.sent == [Set(parameter="d_steps", value=2)])


async def test_a_click_maximises_chooses_sets_and_presses() -> None:
    async with viewing() as (app, source, pilot):
        await pilot.click("#losses", offset=(5, 0))
        await until(pilot, lambda: app.view_options.maximised == "losses")
        await pilot.click("#losses", offset=(5, 0))
        await until(pilot, lambda: app.view_options.maximised is None)
        await pilot.click("#steer", offset=(3, 3))
        await until(pilot, lambda: app.view_options.chosen == 2)
        await pilot.click("#steer", offset=(24, 1))
        await until(pilot, lambda: bool(source.sent))
        assert isinstance(source.sent[0], Set)
        assert source.sent[0].parameter == "d_steps"
        await pilot.click("#footer", offset=(2, 0))
        await until(pilot, lambda: Pause() in source.sent)


def counted(name: str, show: Show, shows: list[str]) -> Show:
    """The same, written down."""

    def shown(snapshot: Snapshot, view: ViewOptions) -> None:
        shows.append(name)
        show(snapshot, view)

    return shown


async def test_what_did_not_change_is_not_shown_again() -> None:
    async with viewing() as (app, source, pilot):
        await pilot.pause(0.3)
        shows: list[str] = []
        for pane in app.screen.query(Pane):
            original = pane.show
            pane.show = counted(pane.id or "", original, shows)  # type: ignore[method-assign]  # counted
        await pilot.pause(0.5)
        assert shows == []
        source.picture.take([fixtures.telemetry(1224)])
        await until(pilot, lambda: "header" in shows)
        source.picture.take([Applied(id=99, step=1)])
        await pilot.pause(0.3)
        assert shows.count("losses") <= 1


async def test_a_change_of_state_is_shown_in_the_next_frame_on_all_panes() -> None:
    async with viewing() as (app, source, pilot):
        source.picture.take([fixtures.status(state="paused")])
        app.beat()
        await pilot.pause()
        assert "PAUSED" in text(app)
        assert "n next iteration" in text(app)


async def test_a_refusal_goes_away_however_late_the_next_look_comes() -> None:
    now = 100.0
    source = FakeSource(clock=lambda: now)
    app = ViewerApp(source, Look(), clock=lambda: now)
    async with app.run_test(size=(120, 40)) as pilot:
        app.refuse("not now")
        await until(pilot, lambda: "refused: not now" in text(app))
        now = 104.9
        app.beat()
        await pilot.pause()
        assert "refused: not now" in text(app)
        now = 109.0
        app.beat()
        await until(pilot, lambda: "refused" not in text(app))


@pytest.mark.parametrize(("locale", "encoding"), [("C", "ascii"), ("POSIX", "ascii"), ("C.UTF-8", "utf-8")])
def test_a_c_locale_means_ascii_though_python_writes_utf8(
    locale: str, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert _encoding() == encoding


async def test_an_export_is_told_by_its_path_in_the_run_folder(tmp_path: Path) -> None:
    async with viewing(source=FakeSource(folder=tmp_path), size=(200, 60)) as (app, _, pilot):
        await pilot.press("x")
        await until(pilot, lambda: "samples written to exports/step-001223-ema.png" in text(app))


async def test_an_export_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Path:
        raise GanTuiError("the disk is full")

    monkeypatch.setattr("gan_tui.viewer.export.write_png", fail)
    async with viewing(source=FakeSource(folder=tmp_path)) as (app, _, pilot):
        await pilot.press("x")
        await until(pilot, lambda: "refused: the disk is full" in text(app))


@pytest.mark.parametrize("look", list(fixtures.LOOKS))
async def test_every_look_starts_and_opens_its_dialogs(look: str) -> None:
    async with viewing(look=fixtures.LOOKS[look]) as (app, _, pilot):
        for key in ("q", "c", "question_mark", "S"):
            await pilot.press(key)
            await pilot.pause()
            shown = text(app)
            if fixtures.LOOKS[look].marks == "ascii":
                assert shown.isascii()
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_silence_is_shown_and_ends() -> None:
    class Clock:
        now = 100.0

        def __call__(self) -> float:
            return self.now

    clock = Clock()
    async with viewing(source=FakeSource(clock=clock)) as (app, source, pilot):
        assert "TRAINING" in text(app)
        clock.now += 6.0
        await until(pilot, lambda: "no word from the trainer for 6 s; trying again" in text(app))
        assert "DETACHED" in text(app)
        source.picture.take([fixtures.telemetry(1300)])
        await until(pilot, lambda: "TRAINING" in text(app))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("training", "balanced-1124 goes on (step 1,223). Come back: gan-tui attach balanced-1124"),
        ("died", "Go on: gan-tui --resume balanced-1124"),
        ("finished", "balanced-1124 finished at step 1,223."),
    ],
)
def test_last_words(state: str, words: str) -> None:
    assert words in last_words(fixtures.STATES[state](alive=state == "training"))


async def test_a_trainer_that_stopped_before_its_first_checkpoint_saved_nothing() -> None:
    snapshot = fixtures.training(state="STOPPED", status=fixtures.status(state="stopped", checkpoint=None))
    assert last_words(snapshot) == "balanced-1124 stopped at step 1,223; nothing was saved."


@pytest.mark.parametrize(("state", "code"), [("died", 1), ("training", 0)])
async def test_the_exit_status_says_whether_the_trainer_died(state: str, code: int) -> None:
    async with viewing(fixtures.STATES[state]()) as (app, _, pilot):
        await pilot.press("q", "b")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_code == code
