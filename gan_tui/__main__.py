"""``gan-tui`` and ``python -m gan_tui``."""

import sys

from gan_tui.cli.entry import run_command_line


def main() -> None:
    """Run the command line; ends the process with its exit status."""
    sys.exit(run_command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
