"""The last two stages of start-up: choose what suits the machine, build the engine, and tell all of it."""

from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import torch

from gan_tui.config.fields import to_values
from gan_tui.config.run_config import AUTO, RunConfig
from gan_tui.config.sources import apply_recipe
from gan_tui.data import Dataset
from gan_tui.networks.pairs import pair_for, parameters_count
from gan_tui.training.checkpoint_texts import origin_of
from gan_tui.training.choose import Choice, choose
from gan_tui.training.device import describe, resolve_device
from gan_tui.training.engine import Engine
from gan_tui.training.graphs.cuda import recorder_for
from gan_tui.training.live_settings import settings_of
from gan_tui.training.office import Office
from gan_tui.training.precision import set_products
from gan_tui.training.reasons import AS_BEFORE
from gan_tui.training.resuming import as_before
from gan_tui.training.trial import Trial

REASON: Final = "reason"
"""Key of the manifest's machine: why the recipe was chosen."""


def build_engine(office: Office, dataset: Dataset, resume: Path | None) -> Engine:
    """Decide what was left open, build the networks, and tell all of it.

    Raises:
        GanTuiError: a device, a pair or the data do not go together, or ``resume`` is no checkpoint.
        StoppedEarlyError: a stop came first.
    """
    office.doorman.look()
    device = resolve_device(office.config.device)
    wanted = office.config
    if resume is not None:
        wanted = as_before(wanted, office.manifest.given, device, origin_of(resume))
    with office.stages.stage("networks", "measuring this machine") as say:
        trial = partial(Trial, look=office.doorman.look)
        choice = choose(wanted, office.manifest.given, dataset, device, trial)
        office.doorman.look()
        torch.set_num_threads(choice.threads)
        config = msgspec.structs.replace(choice.config, device=device.type)
        pair = pair_for(config, dataset)
        set_products(choice.precision)
        recorder = recorder_for(device, config.graphs)
        engine = Engine(config, dataset, device, choice.precision, pair, recorder)
        d, g = parameters_count(engine.discriminator), parameters_count(engine.generator)
        say(f"D {_millions(d)}  G {_millions(g)}")
    _tell(office, config, choice, engine)
    with office.stages.stage("warm-up", "first samples") as say:
        engine.prepare()
        if engine.refusal:
            office.board.event(engine.step, "auto", "alarm", f"{engine.refusal}; training goes on without")
        count = config.sample_count
        engine.draw(*engine.fixed_latent(count, config.seed), ema=True)
        say(f"{choice.threads} threads {choice.precision}")
    office.doorman.look()
    return engine


def _tell(office: Office, config: RunConfig, choice: Choice, engine: Engine) -> None:
    reason, chosen = choice.reason, office.config.recipe == AUTO
    if not chosen and office.manifest.given.get("recipe", AUTO) == AUTO:
        reason = str(office.manifest.machine.get(REASON, AS_BEFORE))
    name = describe(engine.device)
    office.run.update_manifest(
        config=to_values(config),
        recipe=config.recipe,
        versions={**office.manifest.versions, "torch": torch.__version__},
        machine={**office.manifest.machine, "device": name, REASON: reason},
    )
    office.board.change(
        settings=engine.settings,
        recipe_settings=settings_of(apply_recipe(config, config.recipe, {})),
        target_steps=config.steps or None,
        target_seconds=config.seconds,
        showing_ema=engine.settings.ema > 0,
        latent_seed=config.seed,
        recipe=config.recipe,
        reason=reason,
        networks=config.networks,
        device=name,
        precision=choice.precision,
        threads=choice.threads,
        labelled=engine.pair.labelled,
    )
    if chosen:
        office.board.event(engine.step, "auto", "chosen", f"chose {config.recipe}: {reason}")


def _millions(count: int) -> str:
    return f"{count / 1e6:.1f}M" if count >= 1e5 else f"{count:,}"
