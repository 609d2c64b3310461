"""Records on CUDA, as CUDA graphs.

A step at any ratio is one graph, whose child nodes are its parts' graphs, one behind the other; no part is
captured anew for it. Where NVIDIA's bindings are not there to join them, they are replayed one by one.
All of this was written and tested without a GPU.
"""

import contextlib
import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Final, cast

import torch

from gan_tui.training.errors import DeviceError
from gan_tui.training.graphs.children import ChildrenError, bindings, chain
from gan_tui.training.graphs.pace import Pace
from gan_tui.training.graphs.recorder import Recording, RecordingError, Replay

LOG: Final = logging.getLogger("gan_tui.trainer")

WARM_UPS: Final = 3
"""Times that work is done before it is recorded, so that libraries have made their choices and buffers."""
AHEAD: Final = 4
"""Steps that may wait in the device's queue."""


class CudaRecorder:
    """Captures work as CUDA graphs that share one memory pool; they are replayed on the current stream.

    Sharing is safe in any order of replays, since nothing that a graph makes is looked at behind it.

    Args:
        device: with its index.
        join: whether steps are single graphs, where there are bindings for it; else parts are replayed one by
            one.
    """

    def __init__(self, device: torch.device, join: bool = True) -> None:
        self._device = device
        with torch.cuda.device(device):
            self._warm, self._capture = _stream(), _stream()
            self._pace = Pace(_event, AHEAD)
        self._pool = torch.cuda.graph_pool_handle()
        self._alone: list[torch.cuda.CUDAGraph] = []
        self._bindings = bindings() if join else None
        if join and self._bindings is None:
            LOG.info("steps are replayed update by update: the package cuda-bindings is not here")

    @property
    def joins(self) -> bool:
        """Whether steps are single graphs."""
        return self._bindings is not None

    def record(self, work: Callable[[], None]) -> Recording:
        """See :meth:`Recorder.record`."""
        with self._undisturbed():
            try:
                self._warm_up(work)
                return self._captured(work)
            except RuntimeError as error:
                self._abandon_pool()
                raise RecordingError(
                    f"CUDA does not record an update as a graph ({_short(error)})"
                ) from error

    def join(self, before: Callable[[], None], recordings: Sequence[Recording]) -> Replay:
        """See :meth:`Recorder.join`."""
        graphs = cast("Sequence[torch.cuda.CUDAGraph]", recordings)  # this recorder has no others
        if self._bindings is not None:
            try:
                return self._joined(self._bindings, before, graphs)
            except ChildrenError as error:
                LOG.warning("steps are replayed update by update (%s)", _short(error))
                self._bindings = None
            except RuntimeError as error:
                LOG.warning("a step of %d updates is replayed one by one (%s)", len(graphs), _short(error))
        return self._one_by_one(before, graphs)

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
        """Do the work beside the stream that training runs on.

        Raises:
            RuntimeError: it failed, or it draws random numbers: in a step they would be the same for ever.
        """
        current = torch.cuda.current_stream()
        generator = torch.cuda.default_generators[torch.cuda.current_device()]
        drawn = generator.get_offset()
        self._warm.wait_stream(current)
        try:
            with torch.cuda.stream(self._warm):
                for _ in range(WARM_UPS):
                    work()
        finally:
            current.wait_stream(self._warm)
        if generator.get_offset() != drawn:
            raise RuntimeError("it draws random numbers of its own")

    def _captured(self, work: Callable[[], None]) -> torch.cuda.CUDAGraph:
        graph = torch.cuda.CUDAGraph(keep_graph=True)
        # Other threads may use the device meanwhile, as the one that writes checkpoints does.
        with torch.cuda.graph(
            graph, pool=self._pool, stream=self._capture, capture_error_mode="thread_local"
        ):
            work()
        return graph

    def _joined(
        self, runtime: ModuleType, before: Callable[[], None], graphs: Sequence[torch.cuda.CUDAGraph]
    ) -> Replay:
        parent = torch.cuda.CUDAGraph(keep_graph=True)
        # Not as in _captured: torch.cuda.graph waits for the device and empties its caches; it trains now.
        with self._undisturbed():
            try:
                with torch.cuda.stream(self._capture):
                    parent.capture_begin(pool=self._pool, capture_error_mode="thread_local")
                    try:
                        before()
                    finally:
                        parent.capture_end()
            except RuntimeError:
                self._abandon_pool()
                raise
            chain(runtime, parent, graphs)
            parent.instantiate()
        return parent.replay

    def _one_by_one(self, before: Callable[[], None], graphs: Sequence[torch.cuda.CUDAGraph]) -> Replay:
        try:
            with self._undisturbed():
                for graph in graphs:
                    # Else it would be instantiated by its first replay.
                    if all(graph is not one for one in self._alone):
                        graph.instantiate()
                        self._alone.append(graph)
        except RuntimeError as error:
            raise RecordingError(f"CUDA does not take an update's graph ({_short(error)})") from error

        def replay() -> None:
            before()
            for graph in graphs:
                graph.replay()

        return replay

    @contextlib.contextmanager
    def _undisturbed(self) -> Iterator[None]:
        with torch.cuda.device(self._device), _stream_as_before(), _no_collection():
            yield


def _short(error: RuntimeError) -> str:
    """CUDA's errors are paragraphs."""
    return " ".join(str(error).split())[:200]


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
