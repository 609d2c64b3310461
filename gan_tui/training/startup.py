"""From an open office to a loop that trains: torch and data are loaded side by side."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gan_tui.config.run_config import RunConfig
from gan_tui.link.messages import Health
from gan_tui.training.office import Office
from gan_tui.training.stages import Errand
from gan_tui.training.steering import Ending

if TYPE_CHECKING:
    from gan_tui.data import Dataset

WAITING: Final = "these are real digits; G's own follow in a moment"


def train(office: Office, resume: Path | None) -> Ending:
    """Load everything, and train to the end.

    Raises:
        StoppedEarlyError: a stop came before training began.
        Exception: whatever went wrong; the caller tells.
    """
    office.stages.begin("torch")
    torch_errand = Errand(_load_torch)
    office.stages.begin("data", office.config.data or "")
    data_errand = Errand(lambda: _load_data(office.config))
    dataset = office.doorman.wait_for(data_errand)
    office.stages.done("data", f"{dataset.name} {len(dataset.images):,}")
    _show_data(office, dataset)
    version = office.doorman.wait_for(torch_errand)
    office.stages.done("torch", version)

    from gan_tui.training.assembly import assemble  # noqa: PLC0415 - it needs torch, which is loaded only now

    with assemble(office, dataset, resume) as loop:
        return loop.run()


def _load_torch() -> str:
    version: str = importlib.import_module("torch").__version__
    importlib.import_module("gan_tui.training.assembly")
    return version.split("+", maxsplit=1)[0]


def _load_data(config: RunConfig) -> "Dataset":
    from gan_tui.data import load  # noqa: PLC0415 - scipy and numpy are slow to import

    return load(config.data)


def _show_data(office: Office, dataset: "Dataset") -> None:
    """Real images for the screen that waits."""
    from gan_tui.training.tiles import real_samples  # noqa: PLC0415 - numpy is slow to import

    office.board.change(
        data_name=dataset.name, data_count=len(dataset.images), class_names=tuple(dataset.class_names)
    )
    classes = len(dataset.class_names)
    office.board.tell(Health(level="starting", text=WAITING))
    office.board.tell(real_samples(dataset.images, dataset.labels, classes, office.config.sample_count))
