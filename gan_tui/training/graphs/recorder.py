"""What records an update, and the rules of what is recorded."""

from collections.abc import Callable, Sequence
from typing import Protocol

from gan_tui.training.errors import TrainingError

Replay = Callable[[], None]
"""Does again, on the present contents of the same memory, all that the recorded work did on the device."""


class RecordingError(TrainingError):
    """The device does not take the recording; the message is one sentence."""


class Recording(Protocol):
    """Recorded work."""

    def replay(self) -> None:
        """See :data:`Replay`."""


class Recorder(Protocol):
    """Records work on the device; :class:`~gan_tui.training.graphs.cuda.CudaRecorder` is one.

    Work that is recorded keeps these rules, for a replay knows nothing of Python:

    - Whatever it reads or changes lies in tensors that stay where they are; numbers that may change later, as
      a learning rate, are tensors, too. Python's own numbers are those of the recording for ever.
    - It waits for nothing: no tensor's value is looked at, no data comes from the host.
    - It draws no random numbers: what it needs of them lies in tensors, too.
    - What it makes lies in memory that the next recording's replay may overwrite: nothing of it is looked at
      afterwards.
    """

    def record(self, work: Callable[[], None]) -> Recording:
        """Record some work. It is done up to three times on the way: the caller puts its state back.

        Raises:
            RecordingError: the device does not take it.
        """

    def join(self, before: Callable[[], None], recordings: Sequence[Recording]) -> Replay:
        """Make one replay of some recordings, one behind the other; they are not recorded anew.

        Args:
            before: a little work that comes first, by the same rules.
            recordings: this recorder's, at least one; one may stand several times among them.

        Raises:
            RecordingError: the device does not take it.
        """

    def pace(self) -> None:
        """Called before each step: waits where the host is too far ahead of the device."""
