"""``python -m gan_tui.training RUN_DIR [--resume CHECKPOINT]``: the trainer process."""

import sys

from gan_tui.training.process import main

sys.exit(main())
