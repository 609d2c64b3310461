"""The dialogs: quit, checkpoints, help, log, save with a name."""

from pathlib import Path

import pytest

from gan_tui.link.commands import Restore, Save, Set, Stop
from gan_tui.link.messages import Goodbye, Refused
from tests.viewer import fixtures
from tests.viewer.fake_source import FakeSource
from tests.viewer.pilot import text, until, viewing

GOES_ON = "balanced-1124 goes on (step 1,223). Come back: gan-tui attach balanced-1124"
STOPPED = "balanced-1124 stopped at step 1,223, saved. Go on: gan-tui --resume balanced-1124"


class TestQuit:
    async def test_says_how_old_the_checkpoint_is_and_what_can_be_done(self) -> None:
        async with viewing() as (app, _, pilot):
            await pilot.press("q")
            await until(pilot, lambda: "Quit" in text(app))
            shown = text(app)
            for words in (
                "The last checkpoint is 73 steps old (",
                "s  Stop with a checkpoint  saves now and ends the trainer;",
                "later:  gan-tui --resume balanced-1124",
                "b  Leave it running        only this window closes;",
                "later:  gan-tui attach balanced-1124",
                "esc  Cancel",
                "training goes on meanwhile",
            ):
                assert words in shown

    @pytest.mark.parametrize("key", ["escape", "q", "ctrl+c"])
    async def test_can_be_cancelled(self, key: str) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("q", key)
            await pilot.pause()
            assert len(app.screen_stack) == 1
            assert source.sent == []
            assert app.return_value is None

    async def test_stops_with_a_checkpoint_and_waits_for_the_goodbye(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("q", "s")
            assert source.sent == [Stop(save=True)]
            await until(pilot, lambda: "saving step 1,223 …" in text(app))
            assert app.return_value is None
            source.trainer.save(None)
            source.picture.take([source.trainer.status])
            source.end("stopped")
            await until(pilot, lambda: app.return_value is not None)
            assert app.return_value == STOPPED

    async def test_the_last_words_say_what_is_safe_where_saving_failed(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("q", "s")
            source.end("stopped")
            await until(pilot, lambda: app.return_value is not None)
            assert app.return_value == STOPPED.replace(", saved", "; step 1,150 is safe")

    async def test_enter_takes_what_the_arrows_chose(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("q", "down", "enter")
            await until(pilot, lambda: app.return_value is not None)
            assert app.return_value == GOES_ON
            assert source.sent == []

    async def test_the_arrows_go_round(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("q", "up", "enter")
            await pilot.pause()
            assert len(app.screen_stack) == 1
            assert source.sent == []

    async def test_a_stop_that_is_refused_asks_again(self) -> None:
        async with viewing() as (app, source, pilot):
            source.prompt = False
            await pilot.press("q", "s")
            await until(pilot, lambda: "saving step" in text(app))
            source.picture.take([Refused(id=1, because="the disk is full")])
            await until(pilot, lambda: "Leave it running" in text(app))

    @pytest.mark.parametrize("size", [(60, 20), (80, 24)])
    async def test_no_word_is_cut_on_a_small_screen_or_by_a_long_name(self, size: tuple[int, int]) -> None:
        name = "a-name-of-some-length-11"
        async with viewing(fixtures.paused(run=name), size=size) as (app, _, pilot):
            await pilot.press("q")
            await until(pilot, lambda: "Quit" in text(app))
            for words in (f"gan-tui --resume {name}", f"gan-tui attach {name}", "it stays paused;", "Cancel"):
                assert words in text(app)

    async def test_says_that_a_paused_run_stays_paused(self) -> None:
        async with viewing(fixtures.paused()) as (app, _, pilot):
            await pilot.press("q")
            await until(pilot, lambda: "it stays paused" in text(app))

    async def test_goes_away_when_the_trainer_dies(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("q", "s")
            source.die()
            await until(pilot, lambda: len(app.screen_stack) == 1)
            await until(pilot, lambda: "TRAINER DIED" in text(app))

    async def test_without_a_trainer_there_is_nothing_to_ask(self) -> None:
        async with viewing(fixtures.died()) as (app, _, pilot):
            await pilot.press("q")
            await until(pilot, lambda: app.return_value is not None)
            assert "--resume balanced-1124" in str(app.return_value)

    async def test_without_a_checkpoint_it_says_so(self) -> None:
        async with viewing(fixtures.training(status=fixtures.status(checkpoint=None))) as (app, _, pilot):
            await pilot.press("q")
            await until(pilot, lambda: "There is no checkpoint yet." in text(app))

    async def test_keys_of_the_app_sleep_beneath(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("q", "d", "space", "2", "T")
            await pilot.pause()
            assert source.sent == []
            assert app.view_options.maximised is None
            assert app.look.theme == "dark"


class TestCheckpoints:
    async def test_lists_newest_first_with_previews(self) -> None:
        async with viewing() as (app, _, pilot):
            await pilot.press("c")
            await until(pilot, lambda: "step   1,150  latest" in text(app))
            shown = text(app)
            assert "one z in each column: read down to see it form" in shown
            assert "you  first ten digits" in shown
            assert "0:02:30 ago   37 MB" in shown
            assert "digits 10/10   D 1.26  G 0.86" in shown
            assert shown.index("1,150  latest") < shown.index("step     882") < shown.index("step     202")
            assert "▐▌" in shown

    async def test_enter_restores(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("c")
            await until(pilot, lambda: "step     882" in text(app))
            await pilot.press("down", "enter")
            await until(pilot, lambda: len(app.screen_stack) == 1)
            assert source.sent == [Restore(checkpoint="step-000882")]
            await until(pilot, lambda: "restored step 882 (was" in text(app))

    async def test_enter_starts_a_new_trainer_after_a_death(self) -> None:
        async with viewing(fixtures.died()) as (app, source, pilot):
            await pilot.press("c")
            await until(pilot, lambda: "step     882" in text(app))
            await pilot.press("down", "down", "enter")
            await until(pilot, lambda: len(app.screen_stack) == 1)
            assert source.resumed == ["step-000667"]
            assert source.sent == []

    async def test_delete_asks_first(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("c")
            await until(pilot, lambda: "step     882" in text(app))
            await pilot.press("down", "delete")
            await until(pilot, lambda: "delete step-000882 (37 MB)?  enter delete  esc keep it" in text(app))
            await pilot.press("escape")
            await until(pilot, lambda: "enter restore" in text(app))
            assert len(source.rows) == 5
            await pilot.press("delete", "enter")
            await until(pilot, lambda: "step     882" not in text(app))
            assert [row.step for row in source.rows] == [1150, 667, 427, 202]

    async def test_k_keeps_and_lets_go(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("c")
            await until(pilot, lambda: "latest" in text(app))
            await pilot.press("k")
            await until(pilot, lambda: "latest  kept" in text(app))
            assert source.rows[0].kept
            await pilot.press("k")
            await until(pilot, lambda: "latest  kept" not in text(app))
            assert not source.rows[0].kept

    async def test_x_writes_the_preview(self, tmp_path: Path) -> None:
        async with viewing(source=FakeSource(folder=tmp_path)) as (app, _, pilot):
            await pilot.press("c")
            await until(pilot, lambda: "latest" in text(app))
            await pilot.press("x")
            await until(pilot, (tmp_path / "exports" / "step-001150.png").is_file)

    async def test_none_yet(self) -> None:
        source = FakeSource()
        source.rows = []
        async with viewing(source=source) as (app, _, pilot):
            await pilot.press("c")
            await until(pilot, lambda: "No checkpoint yet" in text(app))
            await pilot.press("enter", "k", "delete", "x", "escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)
            assert source.sent == []

    async def test_a_folder_that_cannot_be_read_is_said(self) -> None:
        source = FakeSource()
        source.trouble = "the folder is gone"
        async with viewing(source=source) as (app, _, pilot):
            await pilot.press("c")
            await until(pilot, lambda: "the folder is gone" in text(app))

    async def test_a_damaged_one_is_not_restored(self) -> None:
        import msgspec

        source = FakeSource()
        source.rows[0] = msgspec.structs.replace(source.rows[0], problem="cut short", preview=b"")
        async with viewing(source=source) as (app, _, pilot):
            await pilot.press("c")
            await until(pilot, lambda: "cut short" in text(app))
            await pilot.press("enter")
            await pilot.pause()
            assert source.sent == []

    @pytest.mark.parametrize("size", [(80, 24), (60, 50), (60, 20), (200, 60)])
    async def test_scrolls_so_that_the_chosen_one_is_seen(self, size: tuple[int, int]) -> None:
        async with viewing(size=size) as (app, _, pilot):
            await pilot.press("c")
            await until(pilot, lambda: "latest" in text(app))
            for step in ("882", "667", "427", "202"):
                await pilot.press("down")
                await until(pilot, lambda step=step: f"step     {step}" in text(app))  # type: ignore[misc]  # bound now


class TestHelp:
    async def test_shows_every_group_and_number(self) -> None:
        async with viewing() as (app, _, pilot):
            await pilot.press("question_mark")
            await until(pilot, lambda: "Help" in text(app))
            shown = text(app)
            for words in (
                "TRAIN",
                "STEER",
                "KEEP",
                "SEE",
                "LEAVE",
                "D's opinion",
                "distance",
                "in 500 samples",
            ):
                assert words in shown
            await pilot.press("question_mark")
            await until(pilot, lambda: len(app.screen_stack) == 1)

    async def test_scrolls_at_80_by_24(self) -> None:
        async with viewing(size=(80, 24)) as (app, _, pilot):
            await pilot.press("question_mark")
            await until(pilot, lambda: "TRAIN" in text(app))
            assert "the one to keep" not in text(app)
            assert "up down scroll" in text(app)
            await pilot.press("end")
            await until(pilot, lambda: "the one to keep" in text(app))
            await pilot.press("home", "pagedown", "pageup")
            await until(pilot, lambda: "TRAIN" in text(app))

    async def test_every_line_fits_at_the_least_width(self) -> None:
        async with viewing(size=(60, 20)) as (app, _, pilot):
            await pilot.press("question_mark")
            await until(pilot, lambda: "TRAIN" in text(app))
            seen = text(app)
            for _ in range(60):
                await pilot.press("down")
                seen += text(app)
            assert "one D step, one G step (paused) " in seen
            assert "the mean of D over a batch: 1 says real, 0" in seen


class TestLog:
    async def test_ends_with_the_last_line(self) -> None:
        async with viewing(fixtures.died()) as (app, _, pilot):
            await pilot.press("o")
            await until(pilot, lambda: "06:09:59  step 590" in text(app))
            assert "06:09:00" not in text(app)
            await pilot.press("home")
            await until(pilot, lambda: "06:09:00  step 0" in text(app))
            await pilot.press("escape")
            await until(pilot, lambda: len(app.screen_stack) == 1)


class TestSaveAs:
    async def test_types_a_name_in_the_footer_row(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("S")
            await until(pilot, lambda: "name for step 1,223: ▌   enter saves  esc cancels" in text(app))
            await pilot.press(*"good d", "slash", "q", "backspace", "3", "s")
            await until(pilot, lambda: "name for step 1,223: good d3s▌" in text(app))
            await pilot.press("enter")
            await until(pilot, lambda: len(app.screen_stack) == 1)
            assert source.sent == [Save(name="good d3s")]
            await until(pilot, lambda: "space pause" in text(app))

    async def test_nothing_typed_is_a_save_without_a_name(self) -> None:
        async with viewing() as (_, source, pilot):
            await pilot.press("S", "enter")
            await pilot.pause()
            assert source.sent == [Save(name=None)]

    async def test_escape_saves_nothing(self) -> None:
        async with viewing() as (app, source, pilot):
            await pilot.press("S", "a", "escape")
            await until(pilot, lambda: "space pause" in text(app))
            assert source.sent == []

    async def test_a_name_is_never_longer_than_it_may_be(self) -> None:
        async with viewing() as (_, source, pilot):
            await pilot.press("S", *("a" * 60), "enter")
            await pilot.pause()
            assert source.sent == [Save(name="a" * 40)]


async def test_a_dialog_follows_the_run(tmp_path: Path) -> None:
    async with viewing(source=FakeSource(folder=tmp_path)) as (app, source, pilot):
        await pilot.press("q")
        await until(pilot, lambda: "73 steps old" in text(app))
        source.picture.take([fixtures.telemetry(1250)])
        await until(pilot, lambda: "100 steps old" in text(app))


async def test_a_goodbye_from_elsewhere_is_shown_in_the_header() -> None:
    async with viewing() as (app, source, pilot):
        source.picture.take([Goodbye(state="stopped", text="")])
        source.picture.alive(False)
        await until(pilot, lambda: "STOPPED" in text(app))
        await pilot.press("d")
        await pilot.pause()
        assert Set(parameter="d_steps", value=2) not in source.sent
