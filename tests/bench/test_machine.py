"""What the machine is said to be, and its rates under a clock of the test's own."""

import itertools
import mmap
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
import pytest
import torch

from gan_tui.bench import machine, rates
from gan_tui.bench.caches import last_cache
from gan_tui.bench.errors import BenchError
from gan_tui.bench.machine import Machine, describe
from gan_tui.bench.memory import available_bytes, peak_bytes, process_peak, reset_peak
from gan_tui.bench.rates import measure_rates
from gan_tui.training.errors import DeviceError
from gan_tui.training.precision import alternatives, may_be_faster

CPU = torch.device("cpu")
INTEL = """processor\t: 0
model name\t: Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz
flags\t\t: fpu fma avx2 avx512f avx512_bf16 amx_tile amx_bf16 amx_int8

processor\t: 1
model name\t: Another
flags\t\t: fpu
"""
ARM = "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd\n\nModel\t\t: Raspberry Pi 5\n"


def test_processors_by_their_description() -> None:
    assert machine.processor_name(INTEL) == "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"
    assert machine.extensions(INTEL) == ("avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16")
    assert machine.processor_name(ARM) == "Raspberry Pi 5"
    assert machine.extensions(ARM) == ()
    assert (machine.processor_name(""), machine.extensions("")) == ("", ())


def test_this_machine_is_described() -> None:
    found = describe(CPU)
    assert found.processor
    assert found.cores >= 1
    assert found.threads == torch.get_num_threads()
    assert found.memory_bytes > 1 << 28
    assert (found.device, found.gpu, found.gpu_memory_bytes) == ("cpu", None, None)
    assert found.torch == torch.__version__
    assert found.system
    assert msgspec.json.decode(msgspec.json.encode(found), type=Machine) == found


def test_a_package_that_is_not_there_has_no_version() -> None:
    assert machine._version("gan-tui-of-another-world") is None
    assert machine._version("torch") is not None


def cache(folder: Path, level: str, kind: str, size: str) -> None:
    place = folder / f"index{len(list(folder.glob('*')))}"
    place.mkdir()
    for name, value in (("level", level), ("type", kind), ("size", size)):
        (place / name).write_text(value + "\n")


def test_the_last_cache(tmp_path: Path) -> None:
    assert last_cache(CPU, tmp_path) == 0, "nothing is told"
    cache(tmp_path, "1", "Data", "48K")
    cache(tmp_path, "2", "Unified", "2048K")
    cache(tmp_path, "4", "Instruction", "9M")
    assert last_cache(CPU, tmp_path) == 2 << 20
    cache(tmp_path, "3", "Unified", "105M")
    cache(tmp_path, "5", "Unified", "much")
    assert last_cache(CPU, tmp_path) == 105 << 20
    assert last_cache(torch.device("meta"), tmp_path) == 0


SHAPES = ((4, 8, 16), (8, 8, 8))


def ticking(*steps: float) -> Callable[[], float]:
    """Each look at this clock finds it so much later, over and over."""
    pace = itertools.cycle(steps)
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += next(pace)
        return now

    return clock


def test_rates_by_a_clock_that_ticks_evenly() -> None:
    found = measure_rates(CPU, 0, budget=0.0, shapes=SHAPES, copy_bytes=4096, clock=ticking(0.5))
    # Between the two looks around a call half a second goes by.
    assert found.by_shape == {"4×8×16": 4 * 8 * 16 / 0.5, "8×8×8": 512 / 0.5}
    assert found.multiply_adds_per_second == 1024.0
    assert found.copy_bytes_per_second == found.memory_bytes_per_second == 2 * 4096 / 0.5
    assert found.cached_bytes_per_second >= found.memory_bytes_per_second
    assert (found.device, found.precision, found.threads) == ("cpu", "fp32", torch.get_num_threads())
    assert msgspec.json.decode(msgspec.json.encode(found), type=rates.Rates) == found


def test_the_best_of_several_calls_counts() -> None:
    # Looks: one for the end; then start and end of each call: 3 s, 1 s.
    watch = rates._Watch(CPU, iter([0.0, 10.0, 13.0, 20.0, 21.0, 99.0]).__next__)
    calls: list[int] = []
    assert watch.best(lambda: calls.append(1), 5.0) == 1.0
    assert len(calls) == 3, "one warms up"


def test_the_budget_is_used() -> None:
    calls: list[int] = []
    # A look a tenth of a second: after each call one more, for the end.
    rates._Watch(CPU, ticking(0.1)).best(lambda: calls.append(1), 3.0)
    assert 9 <= len(calls) <= 12


def test_threads_and_settings_are_afterwards_as_before() -> None:
    threads, matmul = torch.get_num_threads(), torch.get_float32_matmul_precision()
    found = measure_rates(CPU, threads + 1, budget=0.0, shapes=SHAPES, copy_bytes=4096)
    assert found.threads == threads + 1
    assert (torch.get_num_threads(), torch.get_float32_matmul_precision()) == (threads, matmul)
    assert all(rate > 0 for rate in found.by_shape.values())


def test_tf32_is_refused_on_a_processor() -> None:
    with pytest.raises(DeviceError, match="tf32"):
        measure_rates(CPU, 0, "tf32", budget=0.0, shapes=SHAPES)


@pytest.mark.parametrize("capability", ["DEFAULT", "AVX2"])
def test_emulated_bfloat16_is_refused(capability: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    with pytest.raises(BenchError, match="emulation"):
        measure_rates(CPU, 0, "bf16", budget=0.0, shapes=SHAPES)


@pytest.mark.skipif(not may_be_faster(CPU), reason="this processor has no bfloat16 of its own")
def test_bfloat16_where_the_processor_has_it() -> None:
    found = measure_rates(CPU, 0, "bf16", budget=0.0, shapes=SHAPES, copy_bytes=4096)
    assert found.precision == "bf16"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_rates_of_a_gpu() -> None:
    device = torch.device("cuda")
    for precision in ("fp32", *alternatives(device)):
        found = measure_rates(device, 0, precision, budget=0.0, shapes=SHAPES, copy_bytes=4096)
        assert (found.device, found.precision) == ("cuda", precision)
        assert all(rate > 0 for rate in (*found.by_shape.values(), found.copy_bytes_per_second))
    assert describe(device).gpu == torch.cuda.get_device_name(device)


def test_the_peak_of_this_process_sees_what_was_held() -> None:
    reset_peak(CPU)
    before = peak_bytes(CPU)
    size = 256 << 20
    # Of the system's, not of what this process has taken before and kept.
    with mmap.mmap(-1, size) as held:
        for start in range(0, size, 1 << 20):
            held[start : start + (1 << 20)] = b"x" * (1 << 20)
    # Where a peak cannot begin anew, an earlier one may have been higher.
    assert peak_bytes(CPU) >= (before + size * 0.9 if sys.platform == "linux" else before)
    assert available_bytes(CPU) > 0


def test_the_peak_of_a_process_by_its_number() -> None:
    assert process_peak(2**22 + 1) == 0, "no such process"
    assert process_peak(os.getpid()) > 0


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone keeps a living process's peak")
def test_the_peak_is_kept_when_what_was_held_is_gone() -> None:
    reset_peak(CPU)
    held = torch.ones(64 << 20)
    holding = psutil.Process().memory_info().rss
    del held
    assert process_peak(os.getpid()) >= 0.9 * holding
    assert process_peak() == pytest.approx(peak_bytes(CPU), rel=0.2)
