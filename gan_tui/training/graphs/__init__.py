"""Updates recorded once and replayed: on CUDA one launch for an update, where eager ones take hundreds."""

from gan_tui.training.graphs.recorder import Recorder, RecordingError, Replay

__all__ = ["Recorder", "RecordingError", "Replay"]
