"""The loop's helpers: archivist, TensorBoard's files, hardware, start-up's stages."""

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from gan_tui.link.commands import Pause, Stop
from gan_tui.link.messages import Applied, Hardware, Refused, Settings, Stage, Status
from gan_tui.training.archivist import Archivist, Failed, PointJob, Saved, SaveJob, reason
from gan_tui.training.board import Board
from gan_tui.training.errors import CheckpointError
from gan_tui.training.hardware import HardwareWatch, ProcessReader
from gan_tui.training.signals import Signals
from gan_tui.training.stages import NAMES, Doorman, Errand, Stages, StoppedEarlyError
from gan_tui.training.tiles import real_samples
from tests.training.fakes import FakeHistory, FakeServer, ManualClock


def _job(name: str) -> SaveJob:
    return SaveJob(name=name, path=Path(name), step=1, who="auto", captured=None, metadata={})


def test_the_archivist_works_while_others_go_on() -> None:
    go = threading.Event()

    def save(job: SaveJob) -> int:
        go.wait(10)
        return len(job.name)

    archivist = Archivist(save, lambda _: None)
    archivist.submit(_job("one"))
    archivist.submit(_job("three"))
    assert archivist.pending == ("one", "three")
    assert archivist.results() == []
    go.set()
    archivist.settle()
    assert archivist.pending == ()
    assert [r.bytes for r in archivist.results() if isinstance(r, Saved)] == [3, 5]
    archivist.close()


def test_a_job_that_fails_is_told_and_the_next_is_done() -> None:
    def save(job: SaveJob) -> int:
        if job.name == "bad":
            raise OSError(28, "No space left on device")
        return 1

    archivist = Archivist(save, lambda _: None)
    archivist.submit(_job("bad"))
    archivist.submit(_job("good"))
    archivist.close()
    first, second = archivist.results()
    assert isinstance(first, Failed)
    assert first.because == "disk full"
    assert isinstance(second, Saved)


FULL = "x could not be written (I/O error: No space left on device (os error 28))"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(13, "Permission denied"), "permission denied"),
        (CheckpointError(FULL), "disk full"),
        (CheckpointError("the networks are not finite"), "the networks are not finite"),
        (ValueError("odd\nthing"), "ValueError: odd"),
    ],
)
def test_reasons_are_short(error: Exception, words: str) -> None:
    assert reason(error) == words


def test_tensorboard_reads_what_was_written(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from gan_tui.training.tensorboard import TensorBoardLog

    log = TensorBoardLog(tmp_path)
    images = np.random.default_rng(0).integers(0, 255, (10, 28, 28), np.uint8)
    for step in (200, 400):
        log.write(PointJob(step, 1e9 + step, {"lossTrue": 0.5, "lossG": step / 100}, images))
    log.close()
    found = EventAccumulator(str(tmp_path))
    found.Reload()
    assert found.Tags()["scalars"] == ["lossTrue", "lossG"]
    assert [(point.step, point.value) for point in found.Scalars("lossG")] == [(200, 2.0), (400, 4.0)]
    (first, _) = found.Images("samples")
    assert (first.width, first.height) == (280, 28)
    assert first.encoded_image_string.startswith(b"\x89PNG")


def test_tensorboard_pictures_become_rarer_and_figures_do_not(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import STORE_EVERYTHING_SIZE_GUIDANCE
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator as Accumulator

    from gan_tui.training.tensorboard import TensorBoardLog

    log = TensorBoardLog(tmp_path)
    image = np.zeros((1, 4, 4), np.uint8)
    steps = [*range(200, 400_000, 200), 100_000, 100_400]  # the last two after a restore
    for step in steps:
        log.write(PointJob(step, 1e9 + step, {"lossG": 1.0}, image))
    log.close()
    found = Accumulator(
        str(tmp_path), size_guidance=STORE_EVERYTHING_SIZE_GUIDANCE, purge_orphaned_data=False
    )
    found.Reload()
    assert [point.step for point in found.Scalars("lossG")] == steps
    pictured = [point.step for point in found.Images("samples")]
    assert pictured[:500] == steps[:500], "one at each point of the first 100,000 steps"
    assert 500 <= len(pictured) - 500 <= 500 * np.log(4)
    assert max(np.diff(pictured[:-2])) <= 400_000 / 500 + 200
    assert pictured[-2:] == steps[-2:]


@pytest.mark.parametrize(("shape", "strip"), [((3, 1, 8, 8), (8, 24)), ((3, 3, 8, 8), (8, 24, 3))])
def test_strips_of_other_images(shape: tuple[int, ...], strip: tuple[int, ...]) -> None:
    from gan_tui.training.tensorboard import strip_of

    assert strip_of(np.zeros(shape, np.uint8)).shape == strip


def test_hardware_is_read_aside() -> None:
    read = threading.Event()

    def reader() -> Hardware:
        read.set()
        return Hardware(cpu_percent=50.0)

    watch = HardwareWatch(reader, period=0.01)
    assert read.wait(10)
    watch.close()
    newest = watch()
    assert newest is not None
    assert newest.cpu_percent == 50.0


def test_a_reading_of_this_process() -> None:
    reading = ProcessReader(None)()
    assert reading.ram_bytes is not None
    assert 0 < reading.ram_bytes <= psutil.virtual_memory().total
    assert reading.gpu_percent is None
    absent = ProcessReader("GPU-00000000-0000-0000-0000-000000000000")()
    assert absent.gpu_bytes is None, "a GPU that is not there has no figures, and no error"


def _door() -> tuple[FakeServer, Board, Stages, Doorman, Signals]:
    clock = ManualClock()
    server = FakeServer(clock)
    settings = Settings(d_steps=1, g_steps=1, d_lr=1e-3, g_lr=1e-3, ema=0.9, samples_per_second=2)
    board = Board(
        "run", "0", Status(state="starting", settings=settings, recipe_settings=settings), FakeHistory()
    )
    board.connect(server)
    stages, signals = Stages(board, clock), Signals()
    return server, board, stages, Doorman(server, signals, stages), signals


def test_a_welcome_during_start_up_shows_every_stage() -> None:
    server, board, stages, _, _ = _door()
    with stages.stage("run folder") as say:
        server.clock.pass_by(0.25)
        say("tiny")
    stages.begin("torch")
    shown = {stage.name: (stage.state, stage.detail, stage.seconds) for stage in board.welcome(1).stages}
    assert tuple(shown) == NAMES
    assert shown["run folder"] == ("done", "tiny", 0.25)
    assert shown["torch"][0] == "now"
    assert shown["warm-up"][0] == "next"
    stages.failed("no torch here")
    assert board.stages["torch"] == Stage(name="torch", state="failed", detail="no torch here", seconds=0.0)


def test_what_takes_long_is_told_with_its_seconds() -> None:
    server, board, stages, doorman, _ = _door()
    stages.begin("torch")
    for _ in range(100):
        doorman.look(0.05)
    told = [r.seconds for r in server.published if isinstance(r, Stage) and r.state == "now"]
    assert 10 <= len(told) <= 12
    assert board.stages["torch"].seconds == pytest.approx(5, abs=0.6)


def test_the_doorman_lets_only_a_stop_in() -> None:
    server, _, _, doorman, signals = _door()
    pause, stop = server.send(Pause()), server.send(Stop())
    with pytest.raises(StoppedEarlyError):
        doorman.look()
    assert server.reply(pause) == Refused(id=pause, because="still warming up")
    assert isinstance(server.reply(stop), Applied)
    doorman.look()
    signals.stopped_by = "SIGINT"
    with pytest.raises(StoppedEarlyError, match=r"^SIGINT$"):
        doorman.look()


def test_an_errand_brings_its_result_or_its_error() -> None:
    _, _, _, doorman, _ = _door()
    assert doorman.wait_for(Errand(lambda: 7)) == 7

    def fail() -> Any:
        raise ValueError("no data")

    with pytest.raises(ValueError, match="no data"):
        doorman.wait_for(Errand(fail))


def test_signals_become_flags() -> None:
    import signal

    before = {number: signal.getsignal(number) for number in (1, 2, 10, 15)}
    signals = Signals()
    signals.install()
    try:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGUSR1)
        assert signals.take_save()
        assert not signals.take_save()
        assert not signals.stop
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.stop
        assert signals.stopped_by == "SIGTERM"
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_real_samples_stand_in_label_order() -> None:
    labels = np.array([1, 0, 1, 0, 2, 1], np.uint8)
    images = np.arange(6, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 4), np.uint8)
    samples = real_samples(images, labels, 3, 7)
    assert list(samples.labels) == [0, 1, 2, 0, 1, 2, 0]
    assert [samples.pixels[16 * i] for i in range(7)] == [1, 0, 4, 3, 2, 4, 1]
    assert (samples.kind, samples.height, samples.channels) == ("real", 4, 1)
