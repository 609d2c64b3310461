"""Going on from a checkpoint: with the arithmetic it was trained in, its state, its settings and its end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import torch

from gan_tui.config.run_config import AUTO, RunConfig
from gan_tui.link.messages import Settings
from gan_tui.runs.history import HistoryReader
from gan_tui.training import checkpoint
from gan_tui.training.checkpoint_texts import Origin
from gan_tui.training.choose import thread_candidates
from gan_tui.training.engine import Engine
from gan_tui.training.office import Office
from gan_tui.training.precision import alternatives


def as_before(config: RunConfig, given: Mapping[str, Any], device: torch.device, origin: Origin) -> RunConfig:
    """Threads and arithmetic as the checkpoint's training had them, so that it goes on bit for bit.

    What the user gave stays. What this machine is not made for, and what was chosen for another kind of
    device, is left to be measured.
    """
    threads, precision = 0, AUTO
    if origin.device == device.type:
        threads = origin.threads if 0 < origin.threads <= thread_candidates()[-1] else 0
        precision = origin.precision if origin.precision in ("fp32", *alternatives(device)) else AUTO
    if given.get("threads"):
        threads = config.threads
    if given.get("precision", AUTO) != AUTO:
        precision = config.precision
    return msgspec.structs.replace(config, threads=threads, precision=precision)


def resume_from(office: Office, engine: Engine, path: Path) -> tuple[float, int]:
    """Take up a checkpoint: state, live settings, fixed z; what was changed on the command line wins.

    Returns:
        Seconds of training so far, and the most classes that the judge saw before.

    Raises:
        CheckpointError: it cannot be taken up.
    """
    restored = checkpoint.load(path, engine)
    config, before = engine.config, restored.config
    changed = {
        name: getattr(config, name)
        for name in Settings.__struct_fields__
        if getattr(config, name) != getattr(before, name)
    }
    if changed:
        engine.apply_settings(msgspec.structs.replace(engine.settings, **changed))
    target = config.steps
    if restored.target_steps is not None and config.steps == before.steps:
        target = restored.target_steps
    board = office.board
    board.change(
        settings=engine.settings,
        showing_ema=engine.settings.ema > 0,
        target_steps=target or None,
        latent_seed=config.seed if restored.latent_seed is None else restored.latent_seed,
    )
    if path.absolute().parent == office.run.checkpoints_dir:
        board.change(checkpoint=path.stem, checkpoint_step=engine.step, checkpoint_time=path.stat().st_mtime)
    office.history.rewind(engine.step)
    differences = f" ({'; '.join(restored.differences)})" if restored.differences else ""
    board.event(engine.step, "auto", "resumed", f"resumed from step {engine.step:,}{differences}")
    return restored.elapsed, _remember(office)


def _remember(office: Office) -> int:
    """What earlier reports of this run found best."""
    office.history.flush()
    reports = HistoryReader(office.run).reports()
    best = min(reports, key=lambda report: report.distance, default=None)
    if best is not None:
        office.board.change(best_distance=best.distance, best_step=best.step)
    return max((report.seen for report in reports), default=0)
