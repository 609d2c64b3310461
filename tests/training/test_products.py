"""The arithmetic of CUDA's float32 products is the whole process's: whoever changes it gives it back."""

from collections.abc import Iterator

import pytest
import torch

from gan_tui.training.precision import products, set_products


def setting() -> tuple[str, bool]:
    return torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    matmul, convolution = setting()
    yield
    torch.set_float32_matmul_precision(matmul)
    torch.backends.cudnn.allow_tf32 = convolution


def test_tf32_is_for_both_or_none() -> None:
    set_products("tf32")
    assert setting() == ("high", True)
    for exact in ("fp32", "bf16"):
        set_products(exact)
        assert setting() == ("highest", False)


@pytest.mark.parametrize("before", [("high", True), ("highest", False), ("highest", True)])
def test_afterwards_they_are_as_they_were(before: tuple[str, bool]) -> None:
    torch.set_float32_matmul_precision(before[0])
    torch.backends.cudnn.allow_tf32 = before[1]
    with products("tf32"):
        assert setting() == ("high", True)
        with products("fp32"):
            assert setting() == ("highest", False)
        assert setting() == ("high", True)
    assert setting() == before
    with pytest.raises(RuntimeError, match="inside"), products("tf32"):
        raise RuntimeError("inside")
    assert setting() == before
