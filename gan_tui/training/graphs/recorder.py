"""What records an update, and the rules of what is recorded."""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch

from gan_tui.training.errors import TrainingError

Replay = Callable[[], None]
"""Does again, on the present contents of the same memory, all that the recorded work did on the device."""


class RecordingError(TrainingError):
    """The device does not take the recording; the message is one sentence."""


class Recorder(Protocol):
    """Records work on the device; :class:`~gan_tui.training.graphs.cuda.CudaRecorder` is one.

    Work that is recorded keeps these rules, for a replay knows nothing of Python:

    - Whatever it reads or changes lies in tensors that stay where they are; numbers that may change later, as
      a learning rate, are tensors, too. Python's own numbers are those of the recording for ever.
    - It waits for nothing: no tensor's value is looked at, no data comes from the host.
    - Random numbers come from the generators that were named; each replay draws new ones from their state at
      that time and moves it on, as the work itself would.
    - What it makes lies in memory that the next recording's replay may overwrite: nothing of it is looked at
      afterwards.
    """

    def record(self, work: Callable[[], None], generators: Sequence[torch.Generator]) -> Replay:
        """Record some work. It may be done a few times on the way: the caller puts its state back.

        Raises:
            RecordingError: the device does not take it.
        """

    def pace(self) -> None:
        """Called before each step: waits where the host is too far ahead of the device."""
