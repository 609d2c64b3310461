"""How a trainer's end is told: what, safe, lost."""

from pathlib import Path

import pytest

from gan_tui.config.run_config import RunConfig
from gan_tui.runs.checkpoints import set_latest
from gan_tui.runs.run import Run, create_run
from gan_tui.viewer.death import LOG_LINES, death_of, seconds_since
from gan_tui.viewer.keys import KeyTable
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from tests.runs.files import write_checkpoint
from tests.viewer import fixtures


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return create_run(RunConfig(), tmp_path / "runs", "one", {})


def test_what_is_lost_is_counted_from_the_latest_checkpoint(run: Run) -> None:
    for name in ("step-001100", "step-001150"):
        write_checkpoint(run.checkpoints_dir, name)
    set_latest(run, "step-001150")
    death, event = death_of(run, -9, 0, fixtures.training())
    assert (
        death.sentence
        == "the trainer was killed by the system (signal 9); all but the last 73 steps are safe"
    )
    assert (death.safe, death.safe_step, death.lost_steps) == ("step-001150", 1150, 73)
    assert death.lost_seconds == pytest.approx(73 / fixtures.RATE + 3.1, abs=0.2)
    assert event == "trainer killed (signal 9)"


def test_nothing_lost_and_one_step_lost_are_said_so(run: Run) -> None:
    write_checkpoint(run.checkpoints_dir, "step-001222")
    death, _ = death_of(run, -9, 0, fixtures.training())
    assert death.sentence.endswith("all but the last step is safe")
    write_checkpoint(run.checkpoints_dir, "step-001223")
    set_latest(run, "step-001223")
    death, _ = death_of(run, -9, 0, fixtures.training())
    assert death.sentence.endswith("step 1,223 is safe")
    assert death.lost_seconds == 0.0


def test_without_a_checkpoint_all_is_lost(run: Run) -> None:
    death, _ = death_of(run, 1, 0, fixtures.training())
    assert death.safe is None
    assert death.lost_steps == fixtures.STEP
    assert death.sentence.endswith("no checkpoint was saved yet")
    death, _ = death_of(run, 1, 0, Snapshot())
    assert death.sentence.endswith("nothing was trained yet")


def test_only_this_trainers_log_counts(run: Run) -> None:
    run.log_path.write_text("gan-tui: the disk was full then.\n")
    size = run.log_path.stat().st_size
    with run.log_path.open("a") as log:
        log.writelines(f"step {n}\n" for n in range(30))
    death, _ = death_of(run, 1, size, fixtures.training())
    assert death.what == "ended with exit status 1"
    assert len(death.log) == LOG_LINES
    assert death.log[-1] == "step 29"
    death, _ = death_of(run, 1, 0, fixtures.training())
    assert "the disk was full then" not in death.what


def test_a_sentence_ends_once(run: Run) -> None:
    run.log_path.write_text("gan-tui: there is no data.\n")
    death, _ = death_of(run, 1, 0, fixtures.training())
    assert death.sentence == "the trainer ended: there is no data; no checkpoint was saved yet"


def test_seconds_are_read_off_the_history() -> None:
    snapshot = fixtures.training()
    assert seconds_since(snapshot, 1150) == pytest.approx(73 / fixtures.RATE + 3.1, abs=0.2)
    assert seconds_since(Snapshot(), 10) is None


@pytest.mark.parametrize(
    ("snapshot", "words"),
    [
        (fixtures.died(), "resume from step 1,150"),
        (
            fixtures.training(state="STOPPED", status=fixtures.status(state="stopped")),
            "resume from step 1,150",
        ),
        (
            fixtures.training(state="STOPPED", status=fixtures.status(state="stopped", checkpoint=None)),
            "start again",
        ),
    ],
)
def test_the_footer_says_where_a_new_trainer_goes_on(snapshot: Snapshot, words: str) -> None:
    assert KeyTable().footer(snapshot, ViewOptions())[0].text == words
