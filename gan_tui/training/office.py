"""What a trainer has before torch is loaded: lock, history, link, and who answers meanwhile."""

import os
import platform
import time
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue

from gan_tui import __version__
from gan_tui.config.errors import UsageError
from gan_tui.config.fields import ConfigError, read_values
from gan_tui.config.run_config import RunConfig
from gan_tui.link.messages import Status
from gan_tui.link.server import Server
from gan_tui.runs.atomic import remove_leftovers
from gan_tui.runs.history import HistoryWriter
from gan_tui.runs.lock import RunLock
from gan_tui.runs.manifest import Manifest
from gan_tui.runs.run import Run
from gan_tui.training.board import Board
from gan_tui.training.clock import Clock
from gan_tui.training.live_settings import settings_of
from gan_tui.training.signals import Signals
from gan_tui.training.stages import Doorman, Stages


@dataclass(frozen=True)
class Office:
    """A run that is taken over.

    Attributes:
        manifest: as it was when the run was taken over. config: its settings, ``auto`` not resolved.
        complaints: sentences from threads that have something to say, as the history's when the disk is full.
    """

    run: Run
    manifest: Manifest
    config: RunConfig
    history: HistoryWriter
    board: Board
    server: Server
    clock: Clock
    signals: Signals
    stages: Stages
    doorman: Doorman
    complaints: SimpleQueue[str]


def open_office(run: Run, signals: Signals, clock: Clock, stack: ExitStack) -> Office:
    """Take a run over: lock, history, link; the stack closes them in order.

    Raises:
        RunError: another trainer has it, or its folder cannot be used.
        LinkError: no socket can be made.
        UsageError: its manifest's settings cannot be understood.
    """
    began = clock.now()
    manifest = run.manifest()
    config = config_of(run, manifest)
    stack.enter_context(RunLock(run))
    remove_leftovers(run.checkpoints_dir)
    complaints: SimpleQueue[str] = SimpleQueue()
    history = HistoryWriter(run, complaints.put)
    stack.callback(history.close)
    board = Board(run.name, __version__, first_status(config), history)
    stages = Stages(board, clock)
    stages.begin("run folder", run.name)
    server = Server(run.endpoints(), board.welcome)
    stack.callback(server.close)
    board.connect(server)
    board.change(pid=os.getpid())
    run.update_manifest(
        pid=os.getpid(), host=platform.node(), started_at=time.time(), endpoints=server.endpoints
    )
    if history.event_seq == 0:
        board.event(0, "auto", "created", f"run {run.name} created")
    board.event_seq = history.event_seq
    stages.done("run folder", run.name)
    stages.begin("trainer")
    stages.done("trainer", f"pid {os.getpid()}", clock.now() - began)
    doorman = Doorman(server, signals, stages)
    return Office(run, manifest, config, history, board, server, clock, signals, stages, doorman, complaints)


def config_of(run: Run, manifest: Manifest) -> RunConfig:
    """The settings in a manifest.

    Raises:
        UsageError: they cannot be understood.
    """
    try:
        return read_values(manifest.config)
    except ConfigError as error:
        raise UsageError(
            f"the settings in {run.path / 'run.json'} cannot be understood ({error}); nothing was started"
        ) from error


def first_status(config: RunConfig) -> Status:
    """What is known of a run before anything is loaded."""
    settings = settings_of(config)
    return Status(
        state="starting",
        settings=settings,
        recipe_settings=settings,
        target_steps=config.steps or None,
        target_seconds=config.seconds,
        showing_ema=config.ema > 0,
        latent_seed=config.seed,
        recipe=config.recipe,
        networks=config.networks,
        version=__version__,
    )
