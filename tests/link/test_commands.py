import math
import typing

import pytest

from gan_tui.link.commands import (
    AnyCommand,
    Bye,
    Command,
    Effect,
    Extend,
    Hello,
    NewLatent,
    Pause,
    RefusedError,
    Restore,
    Resume,
    Save,
    Set,
    ShowEma,
    StepOnce,
    Stop,
    UpdateOnce,
)
from gan_tui.link.commands.settings import LIMITS, Parameter
from tests.link.fake_trainer import SETTINGS, FakeTrainer

PARAMETERS = typing.get_args(Parameter)


def test_every_command_says_in_its_own_file_what_it_does() -> None:
    for kind in typing.get_args(AnyCommand):
        assert kind.apply is not Command.apply, kind
    with pytest.raises(NotImplementedError):
        Command().apply(FakeTrainer())


@pytest.mark.parametrize(
    ("command", "calls", "text"),
    [
        (Pause(), [("pause",)], "paused"),
        (NewLatent(), [("new_latent",)], "new z"),
        (ShowEma(ema=False), [("show_ema", False)], ""),
        (Save(name="x"), [("save", "x")], ""),
        (Stop(save=False), [("stop", False)], ""),
        (Extend(steps=1000), [("extend", 1000)], "goes on to step 1,100"),
        (Restore(checkpoint="step-000050"), [("restore", "step-000050")], "restored step 50 (was 100)"),
        (Hello(protocol=1, version="x"), [], ""),
        (Bye(), [], ""),
    ],
)
def test_a_command_does_one_thing_and_says_so(command: AnyCommand, calls: list[object], text: str) -> None:
    trainer = FakeTrainer()
    assert command.apply(trainer).text == text
    assert trainer.calls == calls


def test_pause_and_resume_twice_are_no_mistake_and_no_second_event() -> None:
    trainer = FakeTrainer()
    assert Pause().apply(trainer).text
    assert Pause().apply(trainer) == Effect()
    assert Resume().apply(trainer).kind == "resumed"
    assert Resume().apply(trainer) == Effect()
    assert trainer.calls == [("pause",), ("resume",)]


def test_single_updates_while_paused() -> None:
    trainer = FakeTrainer(paused=True)
    StepOnce().apply(trainer)
    effect = UpdateOnce(player="G").apply(trainer)
    assert (effect.text, effect.player) == ("one G step", "G")
    assert trainer.calls == [("single_step",), ("single_update", "G")]


@pytest.mark.parametrize(
    ("command", "trainer", "because"),
    [
        (Pause(), FakeTrainer(finished=True), "the run has finished"),
        (StepOnce(), FakeTrainer(), "pause first (space)"),
        (UpdateOnce(player="D"), FakeTrainer(), "pause first (space)"),
        (Extend(steps=0), FakeTrainer(), "the number of steps must be at least 1"),
        (Set(parameter="d_steps", value=11), FakeTrainer(), "D steps goes from 0 to 10"),
        (Set(parameter="g_steps", value=-1), FakeTrainer(), "G steps goes from 0 to 10"),
        (Set(parameter="g_steps", value=1.5), FakeTrainer(), "G steps is a whole number"),
        (Set(parameter="d_lr", value=2.0), FakeTrainer(), "D lr goes from 1.0e-7 to 1.0"),
        (Set(parameter="ema", value=1.0), FakeTrainer(), "EMA goes from 0 to 0.9999"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    command: AnyCommand, trainer: FakeTrainer, because: str
) -> None:
    with pytest.raises(RefusedError) as refusal:
        command.apply(trainer)
    assert str(refusal.value) == because
    assert trainer.calls == []
    assert trainer.settings == SETTINGS


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_no_setting_takes_a_value_that_is_no_number(parameter: Parameter, value: float) -> None:
    with pytest.raises(RefusedError):
        Set(parameter=parameter, value=value).apply(FakeTrainer())


def test_both_counts_cannot_be_zero() -> None:
    trainer = FakeTrainer()
    Set(parameter="d_steps", value=0).apply(trainer)
    with pytest.raises(RefusedError, match="cannot both be 0"):
        Set(parameter="g_steps", value=0).apply(trainer)
    assert (trainer.settings.d_steps, trainer.settings.g_steps) == (0, 1)


def test_a_count_change_is_an_event_with_its_player_and_a_mark() -> None:
    trainer = FakeTrainer()
    effect = Set(parameter="g_steps", value=2).apply(trainer)
    assert effect == Effect(text="G steps 1 → 2", kind="setting", player="G", mark="G 1→2")
    assert trainer.settings.g_steps == 2
    assert isinstance(trainer.settings.g_steps, int)
    assert Set(parameter="g_steps", value=2).apply(trainer) == Effect()


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_both_ends_of_every_range_are_taken(parameter: Parameter) -> None:
    for value in LIMITS[parameter]:
        trainer = FakeTrainer()
        Set(parameter=parameter, value=value).apply(trainer)
        assert getattr(trainer.settings, parameter) == value
