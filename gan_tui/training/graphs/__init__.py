"""Updates recorded once and replayed: on CUDA one launch for a step, where eager ones take hundreds."""

from gan_tui.training.graphs.recorder import Recorder, Recording, RecordingError, Replay

__all__ = ["Recorder", "Recording", "RecordingError", "Replay"]
