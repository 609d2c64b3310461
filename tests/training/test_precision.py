"""What a device may do faster than float32, and by how much at most."""

import pytest
import torch

from gan_tui.training import precision

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("told", "gain"), [({"amx_bf16": True}, 10.0), ({"amx_bf16": False}, 2.0), ({}, 10.0)]
)
def test_matrix_units_gain_more_and_are_not_ruled_out_unasked(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, bool], gain: float
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: told, raising=False)
    assert precision.most_gain() == gain


def test_a_torch_that_does_not_tell_rules_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert precision.most_gain() == 10.0


@pytest.mark.parametrize(("capability", "found"), [("AVX2", ()), ("AVX512", ("bf16",)), ("DEFAULT", ())])
def test_bfloat16_is_worth_a_look_where_vectors_are_wide(
    monkeypatch: pytest.MonkeyPatch, capability: str, found: tuple[str, ...]
) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    assert precision.alternatives(CPU) == found
