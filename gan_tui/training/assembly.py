"""Puts the parts of a loop together; the first module of the process that needs torch."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import torch

from gan_tui.config.paths import cache_dir
from gan_tui.data import Dataset
from gan_tui.quality import Judge, not_finite
from gan_tui.training import checkpoint
from gan_tui.training.archivist import Archivist
from gan_tui.training.attending import Attendant
from gan_tui.training.clock import Stopwatch
from gan_tui.training.condition import Condition
from gan_tui.training.core import Core
from gan_tui.training.engine import Engine
from gan_tui.training.hardware import HardwareWatch, ProcessReader, gpu_uuid
from gan_tui.training.judge_reader import JudgeReader
from gan_tui.training.judging import GPU_READING_SHARE, READING_SHARE, JudgeDesk
from gan_tui.training.loop import Loop, Parts
from gan_tui.training.office import Office
from gan_tui.training.opening import build_engine
from gan_tui.training.resuming import resume_from
from gan_tui.training.rules import Rules
from gan_tui.training.saving import Saver
from gan_tui.training.shelf import Shelf
from gan_tui.training.soundness import Soundness
from gan_tui.training.steering import Steering
from gan_tui.training.telemetry import Meter
from gan_tui.training.tiles import Bytes, Tiles


@contextmanager
def assemble(office: Office, dataset: Dataset, resume: Path | None) -> Iterator[Loop]:
    """A loop that is ready to run; afterwards its threads end, when all they were given is written.

    Raises:
        GanTuiError: the settings do not fit machine or data, or the checkpoint cannot be taken up.
        StoppedEarlyError: a stop came first.
    """
    engine = build_engine(office, dataset, resume)
    elapsed, best_seen = 0.0, 0
    if resume is not None:
        elapsed, best_seen = resume_from(office, engine, resume)
    elif office.history.event_seq > 1:
        office.history.rewind(0)
    with ExitStack() as stack:
        yield Loop(_parts(office, engine, elapsed, best_seen, stack))


def _parts(office: Office, engine: Engine, elapsed: float, best_seen: int, stack: ExitStack) -> Parts:
    board, clock, config = office.board, office.clock, engine.config
    watch = Stopwatch(clock, elapsed)
    core = Core(engine, config, board, clock, watch)
    rules = Rules(board, config.judge)
    soundness = Soundness(board, watch, not_finite)
    hardware = HardwareWatch(ProcessReader(_gpu(engine.device)))
    stack.callback(hardware.close)
    meter = Meter(core, hardware, (soundness.check, rules.collect))
    tiles = Tiles(core)
    shelf = Shelf(office.run, config.keep)
    archivist = Archivist(shelf.save, shelf.point)
    stack.callback(archivist.close)
    folder = office.run.checkpoints_dir
    saver = Saver(core, tiles, soundness, archivist, folder, _capture, meter.catch_up)
    if engine.d_updates or engine.g_updates:
        saver.jumped()
    attendant = Attendant(office.server, meter, clock)
    steering = Steering(
        core, attendant, meter, tiles, saver, soundness, folder, lambda path: checkpoint.load(path, engine)
    )
    judge = _judge_desk(core, engine, best_seen) if config.judge else None
    return Parts(
        core=core,
        server=office.server,
        attendant=attendant,
        meter=meter,
        tiles=tiles,
        saver=saver,
        condition=Condition(board, soundness, clock, rules.assess, lambda: saver.failed),
        steering=steering,
        signals=office.signals,
        judge=judge,
        complaints=_drain(office.complaints),
    )


def _judge_desk(core: Core, engine: Engine, best_seen: int) -> JudgeDesk:
    def open_judge() -> JudgeReader:
        return JudgeReader(Judge.open(engine.dataset, engine.device, cache_dir()))

    share = READING_SHARE if engine.device.type == "cpu" else GPU_READING_SHARE
    return JudgeDesk(open_judge, core, best_seen, share)


def _capture(engine: Any, preview: Bytes) -> checkpoint.CapturedState:
    return checkpoint.capture(engine, torch.from_numpy(preview))


def _gpu(device: torch.device) -> str | None:
    return gpu_uuid(torch.cuda.get_device_properties(device)) if device.type == "cuda" else None


def _drain(complaints: "SimpleQueue[str]") -> Callable[[], list[str]]:
    def drain() -> list[str]:
        said: list[str] = []
        while True:
            try:
                said.append(complaints.get_nowait())
            except Empty:
                return said

    return drain
