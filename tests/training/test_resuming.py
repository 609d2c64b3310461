"""Which threads and which arithmetic a training goes on with."""

from typing import Any

import pytest
import torch

from gan_tui.training import resuming as module
from gan_tui.training.checkpoint_texts import Origin
from gan_tui.training.resuming import as_before
from tests.training.tiny import CPU, tiny_config


def origin(device: str = "cpu", precision: str = "fp32", threads: int = 2) -> Origin:
    return Origin(
        data="noise",
        count=50,
        fingerprint="0" * 32,
        class_names=("0", "1", "2"),
        device=device,
        precision=precision,
        threads=threads,
        torch=str(torch.__version__),
    )


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "thread_candidates", lambda: [1, 2, 4])
    monkeypatch.setattr(
        module, "alternatives", lambda device: ("tf32", "bf16") if device.type == "cuda" else ()
    )


def taken(before: Origin, device: torch.device = CPU, **given: Any) -> tuple[int, str]:
    config = as_before(tiny_config(**{"threads": 1, "precision": "fp32", **given}), given, device, before)
    return config.threads, config.precision


def test_what_was_chosen_before_is_taken_again() -> None:
    assert taken(origin(threads=2)) == (2, "fp32")
    assert taken(origin(threads=4), threads=0, precision="auto") == (4, "fp32")
    assert taken(origin("cuda", "bf16", 0), torch.device("cuda")) == (0, "bf16")


def test_a_number_of_threads_that_cannot_be_is_measured_anew() -> None:
    assert taken(origin(threads=-3)) == (0, "fp32")


def test_what_the_user_gave_wins() -> None:
    assert taken(origin(threads=2), threads=3, precision="bf16") == (3, "bf16")


def test_another_device_is_measured_anew() -> None:
    assert taken(origin("cuda", "bf16", 0)) == (0, "auto")


def test_a_smaller_machine_is_measured_anew() -> None:
    assert taken(origin(threads=64)) == (0, "fp32")
    assert taken(origin(precision="bf16")) == (2, "auto"), "no processor for it"
