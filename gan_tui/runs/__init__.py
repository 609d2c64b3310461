"""Run folders: manifest, history, lock, index of runs, launching a trainer."""
