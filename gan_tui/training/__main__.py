"""``python -m gan_tui.training RUN_DIR [--resume CHECKPOINT]``: the trainer process."""

import os
import sys

from gan_tui.training.process import main

status = main()
sys.stdout.flush()
sys.stderr.flush()
# All is written and closed by now. Taking torch apart would need a second more, and a thread that is still
# loading it (after a stop during start-up) could bring that down.
os._exit(status)
