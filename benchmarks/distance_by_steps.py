"""How far a recipe's samples are from real digits after some numbers of steps, for one seed after another.

What its learning rates and decays are chosen by: ``python -m benchmarks.distance_by_steps --data FOLDER
--recipe balanced --set d_lr=2e-4 --set beta1=0.5``. Steps, not seconds, so that two may run at the same time
and another machine finds the same but for rounding. Choose on seeds 21 to 30; reported are others
(``ten_minutes``, ``first_half_minute``).

A line of JSON a mark: 2,000 samples of the running average, read by the judge of this data set.
"""

import argparse
import json
from collections.abc import Sequence

import torch

from benchmarks.ten_minutes import CPU, JUDGED, SEED_OF_SAMPLES, drawn, look, ready_judge
from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine
from gan_tui.data import Dataset, load
from gan_tui.networks import pair_for
from gan_tui.quality import Judge
from gan_tui.training.engine import Engine
from gan_tui.training.latent import Latent
from gan_tui.training.precision import Arithmetic


def measure(
    config: RunConfig, dataset: Dataset, judge: Judge, precision: Arithmetic, marks: Sequence[int]
) -> None:
    """Train to the last mark, and print a look at each."""
    pair = pair_for(config, dataset)
    z, labels = Latent.of(config, pair, CPU).fixed(JUDGED, SEED_OF_SAMPLES)
    engine = Engine(config, dataset, CPU, precision, pair)
    for step in range(1, max(marks) + 1):
        engine.train_step()
        if step in marks:
            reading = judge.read(drawn(engine.ema, z, labels if pair.labelled else None))
            print(json.dumps({"seed": config.seed, "steps": step, **look(judge, reading)}), flush=True)


def main() -> None:
    """Measure each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", help="data set [the embedded digits]")
    parser.add_argument("--recipe", default="labelled", help="recipe [labelled]")
    parser.add_argument("--seeds", type=int, nargs="+", default=[21])
    parser.add_argument("--marks", type=int, nargs="+", default=[150, 400, 800, 1500, 2500], help="steps")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another setting")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="arithmetic [fp32]")
    parser.add_argument("--threads", type=int, default=1, help="threads [1]")
    options = parser.parse_args()
    given = dict(one.split("=", 1) for one in options.set)
    torch.set_num_threads(options.threads)
    dataset = load(options.data)
    judge = ready_judge(dataset)
    for seed in options.seeds:
        config = combine({"recipe": options.recipe, "seed": seed, **given})
        measure(config, dataset, judge, options.precision, options.marks)


if __name__ == "__main__":
    main()
