"""Records on CUDA, as CUDA graphs.

A step at any ratio is its parts' graphs, replayed one behind the other on one stream. They are not joined to
one graph by child nodes: torch sets a graph's place in the random numbers from the host, at each ``replay``,
so a child that stands twice in a graph would draw the same noise twice. What a joined graph would save, a
launch and a copy of indices for each further update, was never measured: all of this was written and tested
without a GPU. The recipes that share fakes need one graph a step anyway.
"""

import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import torch

from gan_tui.training.errors import DeviceError
from gan_tui.training.graphs.pace import Pace
from gan_tui.training.graphs.recorder import RecordingError, Replay

WARM_UPS: Final = 3
"""Times that work is done before it is recorded, so that libraries have made their choices and buffers."""
AHEAD: Final = 4
"""Steps that may wait in the device's queue."""


class CudaRecorder:
    """Captures work as CUDA graphs that share one memory pool; they are replayed on the current stream.

    Sharing is safe in any order of replays, since nothing that a graph makes is looked at behind it.

    Args:
        device: with its index.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        with torch.cuda.device(device):
            self._warm, self._capture = _stream(), _stream()
            self._pace = Pace(_event, AHEAD)
        self._pool = torch.cuda.graph_pool_handle()

    def record(self, work: Callable[[], None], generators: Sequence[torch.Generator]) -> Replay:
        """See :meth:`Recorder.record`."""
        with torch.cuda.device(self._device), _stream_as_before(), _no_collection():
            try:
                self._warm_up(work)
                return self._captured(work, generators).replay
            except RuntimeError as error:
                self._abandon_pool()
                reason = " ".join(str(error).split())[:200]
                raise RecordingError(f"CUDA does not record an update as a graph ({reason})") from error

    def pace(self) -> None:
        """See :meth:`Recorder.pace`."""
        self._pace.step()

    def _abandon_pool(self) -> None:
        """A capture that failed has left the allocator serving its pool, and deferring what it frees."""
        pool, self._pool = self._pool, torch.cuda.graph_pool_handle()
        device = torch.cuda.current_device()
        allocator = torch._C  # noqa: SLF001 - torch's own graph trees undo it so, there is no public way
        with contextlib.suppress(RuntimeError, AttributeError):  # nothing was begun, or there is no such way
            allocator._cuda_endAllocateToPool(device, pool)  # noqa: SLF001 - as above
            allocator._cuda_releasePool(device, pool)  # noqa: SLF001 - as above

    def _warm_up(self, work: Callable[[], None]) -> None:
        current = torch.cuda.current_stream()
        self._warm.wait_stream(current)
        try:
            with torch.cuda.stream(self._warm):
                for _ in range(WARM_UPS):
                    work()
        finally:
            current.wait_stream(self._warm)

    def _captured(
        self, work: Callable[[], None], generators: Sequence[torch.Generator]
    ) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph()
        for generator in generators:
            graph.register_generator_state(generator)
        # Other threads may use the device meanwhile, as the one that writes checkpoints does.
        with torch.cuda.graph(
            graph, pool=self._pool, stream=self._capture, capture_error_mode="thread_local"
        ):
            work()
        return graph


def _stream() -> torch.cuda.Stream:
    return torch.cuda.Stream()  # type: ignore[no-untyped-call]  # torch 2.13 leaves it untyped


def _event() -> torch.cuda.Event:
    return torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]  # as above


@contextlib.contextmanager
def _stream_as_before() -> Iterator[None]:
    """A capture that fails leaves its own stream behind as the current one."""
    stream = torch.cuda.current_stream()
    try:
        yield
    finally:
        torch.cuda.set_stream(stream)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """No old graph, stream or event is destroyed by a collection while a capture is under way."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def recorder_for(device: torch.device, wish: str) -> CudaRecorder | None:
    """What records on this device; None where updates run eagerly.

    Args:
        device: where to train.
        wish: ``auto`` (wherever it can be done), ``on`` or ``off``.

    Raises:
        DeviceError: it is to be done and cannot be.
    """
    if device.type == "cuda" and wish != "off":
        return CudaRecorder(device)
    if wish == "on":
        raise DeviceError(
            f"CUDA graphs need a CUDA device, and this run trains on {device.type}; use --graphs auto"
        )
    return None
