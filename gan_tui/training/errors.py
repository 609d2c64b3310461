"""The base of what can go wrong in training."""

from gan_tui.config.errors import GanTuiError


class TrainingError(GanTuiError):
    """Training cannot start or go on; one sentence: what happened, what is safe, what to do."""


class DeviceError(TrainingError):
    """A device or an arithmetic was asked for that this machine lacks."""


class CheckpointError(TrainingError):
    """A checkpoint cannot be written or taken up; nothing that was there before has changed."""
