"""Every key of the table: pressed, and its command or effect seen."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gan_tui.link.commands import (
    AnyCommand,
    Extend,
    NewLatent,
    Pause,
    Resume,
    Save,
    Set,
    ShowEma,
    StepOnce,
    UpdateOnce,
)
from gan_tui.viewer.app import Preferences, ViewerApp
from gan_tui.viewer.keys import GROUPS, HELP, KEYS, KeyTable
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from tests.viewer import fixtures
from tests.viewer.fake_source import FakeSource
from tests.viewer.pilot import text, until, viewing


@dataclass(frozen=True)
class Case:
    """A key pressed in a state (after other keys): the commands it sends, and what else must hold."""

    id: str
    keys: tuple[str, ...]
    sends: tuple[AnyCommand, ...] = ()
    state: Callable[..., Snapshot] = fixtures.training
    then: Callable[[ViewerApp, FakeSource], bool] = lambda _app, _source: True


def _screen(name: str) -> Callable[[ViewerApp, FakeSource], bool]:
    return lambda app, _source: type(app.screen).__name__ == name


def _view(**wanted: object) -> Callable[[ViewerApp, FakeSource], bool]:
    return lambda app, _source: all(getattr(app.view_options, name) == v for name, v in wanted.items())


CASES = (
    Case("run.pause", ("space",), (Pause(),), then=lambda app, _s: app.shown.state == "PAUSED"),
    Case(
        "run.pause",
        ("space",),
        (Resume(),),
        fixtures.paused,
        then=lambda app, _s: app.shown.state == "TRAINING",
    ),
    Case("run.step", ("n",), (StepOnce(),), fixtures.paused),
    Case("run.step_d", ("e",), (UpdateOnce(player="D"),), fixtures.paused),
    Case("run.step_g", ("t",), (UpdateOnce(player="G"),), fixtures.paused),
    Case("steer.d_more", ("d",), (Set(parameter="d_steps", value=2),)),
    Case("steer.d_less", ("D",), (Set(parameter="d_steps", value=0),)),
    Case("steer.g_more", ("g",), (Set(parameter="g_steps", value=2),)),
    Case("steer.g_less", ("G",), (Set(parameter="g_steps", value=0),)),
    Case("steer.previous", ("up",), then=_view(chosen=0)),
    Case("steer.next", ("down",), then=_view(chosen=2)),
    Case("steer.more", ("down", "right"), (Set(parameter="d_lr", value=2.5e-4),)),
    Case("steer.less", ("down", "left"), (Set(parameter="d_lr", value=1.6e-4),)),
    Case("steer.much_more", ("down", "shift+right"), (Set(parameter="d_lr", value=4e-4),)),
    Case("steer.much_less", ("down", "shift+left"), (Set(parameter="d_lr", value=1e-4),)),
    Case("steer.more", ("up", "up", "right"), (Set(parameter="samples_per_second", value=3),)),
    Case("steer.much_more", ("up", "up", "shift+right"), (Set(parameter="samples_per_second", value=5),)),
    Case("steer.more", ("down", "down", "down", "right"), (Set(parameter="ema", value=0.996),)),
    Case("checkpoint.save", ("s",), (Save(),)),
    Case("checkpoint.save_as", ("S",), then=_screen("SaveAs")),
    Case("checkpoint.list", ("c",), then=_screen("Checkpoints")),
    Case("samples.ema", ("m",), (ShowEma(ema=False),)),
    Case("samples.new_z", ("z",), (NewLatent(),)),
    Case("samples.real", ("r",), then=_view(show_real=True)),
    Case("samples.mode", ("v",), then=_view(mode="half")),
    Case("samples.size", ("w",), then=_view(tile=(28, 14))),
    Case(
        "samples.export",
        ("x",),
        then=lambda app, s: (
            any("samples written" in e.text for e in app.shown.events)
            and len(list((s.folder / "exports").glob("*.png"))) == 1
        ),
    ),
    Case("chart.log", ("l",), then=_view(log_scale=True)),
    Case("chart.smooth", ("a",), then=_view(smoothing=False)),
    *(
        Case(f"pane.{n}", (str(n),), then=_view(maximised=name, focus=name))
        for n, name in enumerate(("samples", "game", "steer", "digits", "losses", "speed", "events"), start=1)
    ),
    Case("pane.1", ("1", "1"), then=_view(maximised=None)),
    Case("pane.next", ("tab",), then=_view(focus="digits")),
    Case("pane.previous", ("shift+tab",), then=_view(focus="game")),
    Case("pane.full", ("f",), then=_view(maximised="steer")),
    Case("pane.back", ("f", "escape"), then=_view(maximised=None)),
    Case("run.resume", ("r",), state=fixtures.died, then=lambda _a, s: s.resumed == [None]),
    Case("run.log", ("o",), state=fixtures.died, then=_screen("Log")),
    Case("app.background", ("b",), then=lambda app, _s: app.return_value is not None),
    Case("app.help", ("question_mark",), then=_screen("Help")),
    Case("app.help", ("f1",), then=_screen("Help")),
    Case("app.palette", ("ctrl+p",), then=_screen("CommandPalette")),
    Case("app.theme", ("T",), then=lambda app, _s: app.look.theme == "light"),
    Case("app.suspend", ("ctrl+z",), then=lambda app, _s: app.is_running),
    Case("app.quit", ("q",), then=_screen("Quit")),
    Case("app.quit", ("ctrl+c",), then=_screen("Quit")),
    Case("app.quit", ("ctrl+q",), then=_screen("Quit")),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.id}:{'+'.join(case.keys)}")
async def test_key(case: Case, tmp_path_factory: pytest.TempPathFactory) -> None:
    source = FakeSource(case.state(), folder=tmp_path_factory.mktemp("run"))
    async with viewing(source=source) as (app, _, pilot):
        for key in case.keys:
            await pilot.press(key)
        await until(pilot, lambda: case.then(app, source))
        assert tuple(source.sent) == case.sends


def test_every_key_of_the_table_is_pressed_above() -> None:
    assert {case.id for case in CASES} == {key.id for key in KEYS}


def test_every_key_is_in_the_help_panel() -> None:
    named = {name for _, lines in HELP for names, _ in lines for name in names}
    spoken_of = {f"pane.{n}" for n in range(2, 7)} | {
        "pane.previous",
        "steer.much_less",
        "steer.much_more",
        "app.help",
    }
    assert named | spoken_of == {key.id for key in KEYS}
    assert {key.group for key in KEYS} == set(GROUPS) == {group for group, _ in HELP}


def test_ids_are_unique_and_no_key_has_two_uses_at_once() -> None:
    assert len({key.id for key in KEYS}) == len(KEYS)
    for make in fixtures.STATES.values():
        snapshot = make()
        for view in (ViewOptions(), ViewOptions(maximised="losses"), ViewOptions(maximised="samples")):
            working = [
                name for key in KEYS if key.when(snapshot, view) is None for name in key.keys.split(",")
            ]
            assert len(working) == len(set(working)), (snapshot.state, view.maximised)


@pytest.mark.parametrize("key", ["n", "e", "t"])
async def test_single_steps_are_refused_while_training(key: str) -> None:
    async with viewing() as (app, source, pilot):
        await pilot.press(key)
        await pilot.pause()
        assert source.sent == []
        assert "refused: pause first (space)" in text(app)


@pytest.mark.parametrize("key", ["d", "space", "s", "z", "right"])
async def test_there_is_no_trainer_to_steer_after_its_death(key: str) -> None:
    async with viewing(fixtures.died()) as (app, source, pilot):
        await pilot.press(key)
        await pilot.pause()
        assert source.sent == []
        assert "refused: no trainer to steer" in text(app)


@pytest.mark.parametrize("key", ["d", "s", "S", "space"])
async def test_a_trainer_that_starts_takes_no_command(key: str) -> None:
    async with viewing(fixtures.starting()) as (app, source, pilot):
        await pilot.press(key)
        await pilot.pause()
        assert source.sent == []
        assert "the trainer is still starting" in text(app)


async def test_both_players_cannot_rest() -> None:
    async with viewing() as (app, source, pilot):
        await pilot.press("D", "G")
        await pilot.pause()
        assert source.sent == [Set(parameter="d_steps", value=0)]
        assert "D steps and G steps cannot both be 0" in text(app)


async def test_a_refusal_of_the_trainer_is_shown() -> None:
    async with viewing() as (app, source, pilot):
        source.prompt = False
        await pilot.press("space")
        source.trainer.status = fixtures.status(state="finished")
        source.answer()
        await until(pilot, lambda: "refused: the run has finished" in text(app))


async def test_a_change_is_pending_until_answered() -> None:
    async with viewing() as (app, source, pilot):
        source.prompt = False
        await pilot.press("d")
        await pilot.pause()
        line = next(line for line in text(app).splitlines() if "D steps" in line)
        assert "2…" in line
        source.answer()
        await until(pilot, lambda: "2*" in text(app))


async def test_two_quick_presses_of_space_pause_and_resume() -> None:
    async with viewing() as (_, source, pilot):
        source.prompt = False
        await pilot.press("space", "space")
        assert source.sent == [Pause(), Resume()]


async def test_space_after_the_end_is_more_steps() -> None:
    async with viewing(fixtures.finished(status=fixtures.status(state="finished", target_steps=3000))) as (
        app,
        source,
        pilot,
    ):
        assert "space more steps" in text(app)
        await pilot.press("space")
        assert source.trainer.calls == ["extend 3000"]


async def test_space_after_the_trainer_is_gone_starts_another_that_goes_on() -> None:
    status = fixtures.status(state="finished", target_steps=3000)
    async with viewing(fixtures.finished(status=status)) as (app, source, pilot):
        source.end("finished")
        await until(pilot, lambda: not app.shown.alive)
        assert "space more steps" in text(app)
        await pilot.press("space")
        assert (source.resumed, source.then, source.sent) == ([None], Extend(steps=3000), [])


async def test_a_finished_run_without_a_checkpoint_cannot_go_on_when_its_trainer_is_gone() -> None:
    status = fixtures.status(state="finished", target_steps=3000, checkpoint=None)
    async with viewing(fixtures.finished(status=status)) as (app, source, pilot):
        source.end("finished")
        await until(pilot, lambda: "more steps" not in text(app))
        await pilot.press("space")
        assert source.resumed == []
        await until(pilot, lambda: "refused: no checkpoint to go on from" in text(app))


async def test_a_keymap_moves_a_key_and_the_footer_says_so() -> None:
    preferences = Preferences(keys={"checkpoint.save": "k", "run.nonsense": "y"})
    async with viewing(preferences=preferences) as (app, source, pilot):
        assert app.table.unknown == ("run.nonsense",)
        assert "k save" in text(app)
        await pilot.press("s")
        assert source.sent == []
        await pilot.press("k")
        assert source.sent == [Save()]
        await pilot.press("question_mark")
        await until(pilot, lambda: "k S" in text(app))


async def test_suspend_is_greyed_where_the_terminal_cannot_come_back() -> None:
    async with viewing() as (app, _, _):
        assert app.check_action("act", ("app.suspend",)) is None
        assert app.check_action("act", ("run.pause",)) is True
        assert app.check_action("act", ("run.resume",)) is None


async def test_r_is_real_digits_while_the_trainer_lives_and_resumes_after_its_death() -> None:
    async with viewing() as (app, source, pilot):
        await pilot.press("r")
        assert app.view_options.show_real
        source.die()
        await until(pilot, lambda: app.shown.state == "TRAINER DIED")
        await pilot.press("r")
        assert source.resumed == [None]
        assert app.view_options.show_real
        await until(pilot, lambda: app.shown.state == "WARMING UP")
        source.picture.take([fixtures.status(), fixtures.telemetry(1300)])
        await until(pilot, lambda: app.shown.state == "TRAINING")


@pytest.mark.parametrize("state", list(fixtures.STATES))
def test_footer_shows_only_what_works_now(state: str) -> None:
    snapshot, table = fixtures.STATES[state](), KeyTable()
    for key in table.footer(snapshot, ViewOptions()):
        name = key.action.split("'")[1]
        assert table[name].when(snapshot, ViewOptions()) is None
    shown = [key.key for key in table.footer(snapshot, ViewOptions())]
    assert shown[-2:] == ["?", "q"]


@pytest.mark.parametrize(
    ("state", "footer"),
    [
        ("training", "space s c z m f b ? q"),
        ("paused", "space n e t s c ? q"),
        ("starting", "b ? q"),
        ("died", "r o c ? q"),
    ],
)
def test_footers_are_those_of_the_pictures(state: str, footer: str) -> None:
    snapshot = fixtures.STATES[state](alive=state != "died")
    assert " ".join(key.key for key in KeyTable().footer(snapshot, ViewOptions())) == footer


def test_footer_of_the_chart() -> None:
    keys = KeyTable().footer(fixtures.training(alive=True), ViewOptions(maximised="losses"))
    assert [key.key for key in keys] == ["l", "a", "esc", "space", "?", "q"]
