"""Updates recorded once and replayed: on CUDA a few launches for a step, not hundreds."""

from gan_tui.training.graphs.recorder import Recorder, Recording, RecordingError, Replay

__all__ = ["Recorder", "Recording", "RecordingError", "Replay"]
