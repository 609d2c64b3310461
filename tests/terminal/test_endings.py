"""How a training ends: stopped, finished, killed; and how it goes on."""

import re
import signal
from collections.abc import Iterator

import psutil
import pytest

from tests.terminal.conftest import NewTerminal
from tests.terminal.driver import Terminal, step, training
from tests.terminal.house import House, wait_for

pytestmark = pytest.mark.timeout(170)


@pytest.fixture
def house() -> Iterator[House]:
    """A home for each test: a second try finds the names of its runs free."""
    place = House()
    yield place
    place.close()


def number(text: str, pattern: str) -> int:
    """The step that stands in a sentence."""
    found = re.search(pattern, text)
    assert found, f"{pattern} is not in:\n{text}"
    return int(found[1].replace(",", ""))


def started(window: Terminal, house: House, name: str, more: str = "") -> int:
    """Start a training; returns the trainer's pid when its samples are on the screen."""
    window.command(house.run_line(name, more))
    window.until(lambda text: training(text) and step(text) > 3, "the training is on the screen")
    return house.trainer(name)


def ended(pid: int) -> bool:
    """Whether the process has ended; nobody may have taken note of it yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_stop_resume_and_stop_from_another_shell(terminal: NewTerminal, house: House) -> None:
    window = terminal(60, 50)
    trainer = started(window, house, "stopped")
    window.press("q")
    window.shows("Stop with a checkpoint")
    window.press("s")
    words = window.until(lambda text: "stopped at step" in text and not window.program(), "the last words")
    at = number(words.replace("\n", ""), r"stopped at step ([\d,]+), saved\. Go on: gan-tui --resume stopped")
    window.command("echo status=$?")
    window.shows("status=0")
    wait_for(lambda: ended(trainer), "the trainer is gone")
    assert house.run("stopped")["state"] == "stopped"
    assert (house.folder("stopped") / "checkpoints" / f"step-{at:06d}.safetensors").is_file()

    window.command("clear; gan-tui --resume stopped")
    seen = window.until(lambda text: training(text) and step(text) > at, "it goes on")
    assert step(seen) < at + 200, "it did not begin at the saved step"
    window.press("Space")
    at = step(window.shows(" PAUSED ", "nothing moves"))
    answer = house.cli("stop", "stopped")
    assert answer.returncode == 0, answer.stderr
    assert number(answer.stdout, r"stopped stopped at step ([\d,]+), saved\.") == at
    assert house.run("stopped")["state"] == "stopped"
    window.shows(" STOPPED ", f"r resume from step {at}")
    window.press("q")
    assert number(window.shows("Go on: gan-tui").replace("\n", ""), r"stopped at step ([\d,]+), saved") == at


def test_a_killed_trainer_is_told_and_started_again(terminal: NewTerminal, house: House) -> None:
    window = terminal(120, 40)
    trainer = started(window, house, "killed")
    window.press("s")
    safe = number(window.shows("you   saved step-"), r"saved step-(\d+)")
    window.until(lambda text: step(text) > safe + 5, "some steps that will be lost")
    psutil.Process(trainer).send_signal(signal.SIGKILL)
    seen = window.shows(
        " TRAINER DIED ", "signal 9", f"step {safe:,}: both networks", "no trainer to steer", "r resume from"
    )
    assert re.search(r"log +\S", seen)
    lost = number(seen, r"all but the last ([\d,]+) steps? (?:is|are) safe")
    assert lost >= 5
    wait_for(lambda: house.run("killed")["state"] == "crashed", "crashed, from outside")
    window.press("o")
    window.shows("Log", "esc back")
    window.press("Escape")
    window.shows("r resume from", without=("esc back",))
    window.press("r")
    seen = window.until(lambda text: training(text) and step(text) > safe, "it trains again")
    assert house.trainer("killed") != trainer
    window.press("q")
    window.shows("Stop with a checkpoint")
    window.press("s")
    window.shows("killed stopped at step")


def test_a_run_with_an_end_finishes_and_can_be_extended(terminal: NewTerminal, house: House) -> None:
    window = terminal(80, 24)
    window.command(house.run_line("finished").replace("--steps 0", "--steps 30"))
    window.shows(" FINISHED ", "30 steps in", "more steps")
    window.press("Space")
    window.until(lambda text: step(text) == 60 and " FINISHED " in text, "twice as many")
    window.press("q")
    window.until(lambda text: "Quit" in text or "finished at step" in text, "an answer")
    if window.program() is not None:
        window.press("s")
    window.until(lambda text: not window.program() and "60" in text, "the last words")
    wait_for(lambda: house.run("finished")["state"] == "finished", "finished, from outside")
