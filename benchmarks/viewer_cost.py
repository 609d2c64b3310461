"""What a viewer costs: throughput with it over throughput without, its processor share, its bytes a second.

Run ``python -m benchmarks.viewer_cost``; :mod:`gan_tui.bench.viewing` measures, and says how.

Expected: a ratio of 0.95 or more on two cores, less than 10 % of a core (DESIGN section 4), and at 120×40
between 21 KB a second (samples that change every 7 s) and 80 (all samples change twice a second, as early in
a training; SCREENS section 9).
"""

import argparse

import msgspec

from benchmarks.scratch import add_run_options, given, show, size_of, told
from gan_tui.bench.viewing import SECONDS, SETTLE, Plan, measure


def main() -> None:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    add_run_options(parser)
    parser.add_argument("--rounds", type=int, default=6, help="windows with the viewer [6]")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"length of a window [{SECONDS:g}]")
    parser.add_argument(
        "--settle", type=float, default=SETTLE, help=f"seconds before each that do not count [{SETTLE:g}]"
    )
    options = parser.parse_args()
    with told():
        found = measure(
            given(options),
            size=size_of(options.size),
            plan=Plan(options.rounds, options.seconds, options.settle),
        )
    show(msgspec.structs.asdict(found), options.json)


if __name__ == "__main__":
    main()
