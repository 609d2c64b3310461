"""Watch a run: what the command line calls."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gan_tui.viewer import signals
from gan_tui.viewer.look import Look

if TYPE_CHECKING:
    from gan_tui.runs.run import Run
    from gan_tui.viewer.app import Preferences


def view(
    run: Run,
    *,
    start: bool,
    resume: Path | None = None,
    ascii_only: bool = False,
) -> int:
    """Show the run on this terminal until the user leaves; print the last words.

    Args:
        run: which.
        start: start its trainer.
        resume: the checkpoint that the trainer goes on from.
        ascii_only: draw with ASCII alone.

    Returns:
        The exit status.

    Raises:
        UsageError: the user's settings cannot be understood.
    """
    # numpy's products are small here, and threads would only cost; torch in the trainer, which inherits the
    # environment, does not read this variable.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with _nothing_collected():
        # NO_COLOR must be read before Textual takes it from the environment.
        preferences, remembered = _preferences()
        look = Look.detect(os.environ, ascii_only, _encoding(), remembered or "dark")
        from gan_tui.viewer.app import ViewerApp  # noqa: PLC0415 - mistakes are told before Textual is loaded
        from gan_tui.viewer.live_source import LiveSource  # noqa: PLC0415 - as above
        from gan_tui.viewer.widgets.chart import load_libraries  # noqa: PLC0415 - as above

    source = LiveSource(run, start=start, resume=resume, prepare=load_libraries)
    app = ViewerApp(source, look, preferences, watch_terminal=True)
    try:
        words = app.run()
    finally:
        signals.disarm()
        source.close()
    if words:
        print(words)  # noqa: T201 - the last words belong on the plain terminal
    return app.return_code or 0


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """What is imported stays: looking through it for garbage is a twentieth of the time to a frame."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _encoding() -> str:
    """What the terminal reads. In the C locale Python writes UTF-8 all the same: there ASCII is meant."""
    return "ascii" if os.environ.get("LC_ALL") in {"C", "POSIX"} else sys.stdout.encoding or "ascii"


def _preferences() -> tuple[Preferences, str | None]:
    """What the user likes, and the remembered theme."""
    from gan_tui.config.user_settings import load_settings, save_settings  # noqa: PLC0415 - not for tests

    settings = load_settings()
    from gan_tui.viewer.app import Preferences  # noqa: PLC0415 - Textual, after mistakes are told

    def remember(changes: dict[str, object]) -> None:
        save_settings(msgspec.structs.replace(load_settings(), **changes))

    mode = None if settings.mode == "auto" else settings.mode
    return Preferences(mode, settings.keys, settings.hint_seen, remember), settings.theme
