"""A run's history: one SQLite file, written by the trainer's background thread, read by anybody meanwhile."""

from gan_tui.runs.history.reader import HistoryReader, StatusRow
from gan_tui.runs.history.writer import HistoryWriter

__all__ = ["HistoryReader", "HistoryWriter", "StatusRow"]
