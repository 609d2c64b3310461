"""The environment of processes whose training is measured."""

import os
from pathlib import Path
from typing import Final

from gan_tui.runs.launch import trainer_environment

FOLDER: Final = "GAN_TUI_BENCH_FOLDER"
"""Names a folder for files of the measuring process: it vanishes with it, however that ends."""


def measured_environment() -> dict[str, str]:
    """That of a trainer, with the waiting of its threads, which a trainer sets for itself."""
    return {"OMP_WAIT_POLICY": "PASSIVE", **trainer_environment()}


def racing_environment(folder: str) -> dict[str, str]:
    """That of a trainer, for all that are measured in one process.

    JAX takes memory of a GPU as it needs it, not three quarters at once, for others are in its process. What
    was compiled for an earlier measurement counts for nobody.

    Args:
        folder: an empty one for what torch.compile makes, and for files of the peers.
    """
    return {
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        **measured_environment(),
        FOLDER: folder,
        "TORCHINDUCTOR_CACHE_DIR": folder,
        "TRITON_CACHE_DIR": str(Path(folder) / "triton"),
        "JAX_ENABLE_COMPILATION_CACHE": "false",
    }


def folder() -> str | None:
    """The folder that :data:`FOLDER` names; None: nobody gave one, and the system's own is good."""
    return os.environ.get(FOLDER)
