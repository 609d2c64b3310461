"""What is asked of CUDA, and in which order, where there is none: torch.cuda is a book that is written."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from gan_tui.training import tensors
from gan_tui.training.graphs import RecordingError
from gan_tui.training.graphs import cuda as graphs_of_cuda
from gan_tui.training.graphs.children import bindings
from gan_tui.training.graphs.cuda import AHEAD, WARM_UPS, CudaRecorder, recorder_for

DEVICE = torch.device("cuda", 0)


class Book:
    """torch.cuda as far as it is used; ``lines`` says what was asked for, on which stream."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.streams = 0
        self.current: Any = BookStream(self, "default")
        self.broken = self.full = False
        self.underway: list[tuple[int, int]] = []
        self.pools = self.graphs = self.offset = 0
        self.bindings: BookBindings | None = BookBindings(self)

    def write(self, line: str) -> None:
        self.lines.append(f"{self.current.name}: {line}")

    def new_stream(self) -> "BookStream":
        self.streams += 1
        return BookStream(self, f"stream {self.streams}")

    def set_stream(self, stream: "BookStream") -> None:
        self.current = stream

    @contextmanager
    def stream(self, stream: "BookStream") -> Iterator[None]:
        before, self.current = self.current, stream
        try:
            yield
        finally:
            self.current = before

    def graph_pool_handle(self) -> tuple[int, int]:
        self.pools += 1
        return (0, self.pools)

    @contextmanager
    def graph(self, graph: "BookGraph", pool: Any, stream: Any, capture_error_mode: str) -> Iterator[None]:
        assert capture_error_mode == "thread_local"
        assert not gc.isenabled()
        self.current = stream  # a capture that fails leaves it so
        self.underway.append(pool)
        self.write(f"begin {graph.name} in pool {pool[1]}")
        yield
        if self.broken:
            raise RuntimeError("operation not permitted\nwhen stream is capturing")
        self.write(f"end {graph.name}")
        self.underway.remove(pool)
        self.current = graph.made_on

    def end(self, device: int, pool: tuple[int, int]) -> None:
        if pool not in self.underway:
            raise RuntimeError("not recording")
        self.underway.remove(pool)
        self.write(f"device {device} ends pool {pool[1]}")

    def release(self, device: int, pool: tuple[int, int]) -> None:
        self.write(f"device {device} releases pool {pool[1]}")


class BookStream:
    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name

    def wait_stream(self, other: "BookStream") -> None:
        self.book.write(f"{self.name} waits for {other.name}")


class BookGraph:
    def __init__(self, book: Book, keep_graph: bool) -> None:
        assert keep_graph
        self.book, self.made_on = book, book.current
        book.graphs += 1
        self.number = book.graphs
        self.name = f"graph {self.number}"

    def capture_begin(self, pool: tuple[int, int], capture_error_mode: str) -> None:
        assert capture_error_mode == "thread_local"
        assert not gc.isenabled()
        self.book.underway.append(pool)
        self.book.write(f"begin {self.name} in pool {pool[1]}, without waiting")

    def capture_end(self) -> None:
        if self.book.broken:
            raise RuntimeError("operation not permitted\nwhen stream is capturing")
        self.book.write(f"end {self.name}")
        self.book.underway.pop()

    def raw_cuda_graph(self) -> int:
        return self.number

    def instantiate(self) -> None:
        if self.book.full:
            raise torch.OutOfMemoryError("no room")
        self.book.write(f"instantiate {self.name}")

    def replay(self) -> None:
        self.book.write(f"replay {self.name}")


class BookBindings:
    """cuda.bindings.runtime as far as it is used; a captured graph has two nodes."""

    def __init__(self, book: Book) -> None:
        self.book, self.refuses = book, False

    def cudaGraphGetNodes(self, graph: int, count: int) -> tuple[Any, ...]:  # noqa: N802 - NVIDIA's name
        nodes = [f"node {number} of graph {graph}" for number in (1, 2)]
        return BookError(0), nodes[:count] if count else None, 2

    def cudaGraphAddChildGraphNode(  # noqa: N802 - NVIDIA's name
        self, graph: int, after: list[str], count: int, child: int
    ) -> tuple[Any, ...]:
        assert count == len(after)
        if self.refuses:
            return BookError(1), None
        self.book.write(f"graph {graph}: graph {child} behind {after}")
        return BookError(0), f"child {child}"


class BookError(int):
    name = "cudaErrorInvalidValue"


class BookEvent:
    def __init__(self, book: Book, blocking: bool) -> None:
        assert blocking
        self.book, self.recorded = book, False

    def record(self) -> None:
        self.recorded = True
        self.book.write("mark")

    def synchronize(self) -> None:
        if self.recorded:
            self.book.write("wait for a mark")


@contextmanager
def _device(device: torch.device) -> Iterator[None]:
    assert device == DEVICE
    yield


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Book:
    book = Book()
    cuda = torch.cuda
    monkeypatch.setattr(cuda, "device", _device)
    monkeypatch.setattr(cuda, "Stream", book.new_stream)
    monkeypatch.setattr(cuda, "stream", book.stream)
    monkeypatch.setattr(cuda, "set_stream", book.set_stream)
    monkeypatch.setattr(cuda, "current_stream", lambda: book.current)
    monkeypatch.setattr(cuda, "current_device", lambda: 0)
    monkeypatch.setattr(cuda, "graph_pool_handle", book.graph_pool_handle)
    monkeypatch.setattr(cuda, "CUDAGraph", lambda keep_graph: BookGraph(book, keep_graph))
    monkeypatch.setattr(cuda, "graph", book.graph)
    monkeypatch.setattr(cuda, "Event", lambda blocking=False: BookEvent(book, blocking))
    monkeypatch.setattr(torch._C, "_cuda_endAllocateToPool", book.end)
    monkeypatch.setattr(torch._C, "_cuda_releasePool", book.release)
    generator = SimpleNamespace(get_offset=lambda: book.offset)
    monkeypatch.setattr(cuda, "default_generators", (generator,))
    monkeypatch.setattr(graphs_of_cuda, "bindings", lambda: book.bindings)
    return book


def test_work_is_done_beside_then_captured_and_replayed_where_training_runs(book: Book) -> None:
    recorder = CudaRecorder(DEVICE)
    recorder.record(lambda: book.write("work")).replay()
    assert book.lines == [
        "default: stream 1 waits for default",
        *["stream 1: work"] * WARM_UPS,
        "default: default waits for stream 1",
        "stream 2: begin graph 1 in pool 1",
        "stream 2: work",
        "stream 2: end graph 1",
        "default: replay graph 1",
    ]
    assert gc.isenabled()


def test_all_recordings_share_one_pool_and_one_stream(book: Book) -> None:
    recorder = CudaRecorder(DEVICE)
    for _ in range(3):
        recorder.record(lambda: None)
    begun = [line for line in book.lines if "begin" in line]
    assert begun == [f"stream 2: begin graph {number} in pool 1" for number in (1, 2, 3)]


def test_a_step_is_one_graph_with_its_parts_as_children_one_behind_the_other(book: Book) -> None:
    recorder = CudaRecorder(DEVICE)
    d, g = (recorder.record(lambda: None) for _ in range(2))
    del book.lines[:]
    replay = recorder.join(lambda: book.write("rewind"), [d, g, g])
    replay()
    assert book.lines == [
        "stream 2: begin graph 3 in pool 1, without waiting",
        "stream 2: rewind",
        "stream 2: end graph 3",
        "default: graph 3: graph 1 behind ['node 1 of graph 3', 'node 2 of graph 3']",
        "default: graph 3: graph 2 behind ['child 1']",
        "default: graph 3: graph 2 behind ['child 2']",
        "default: instantiate graph 3",
        "default: replay graph 3",
    ]
    assert gc.isenabled()


@pytest.mark.parametrize("how", ["no bindings", "refused", "not wished"])
def test_where_graphs_cannot_be_joined_they_are_replayed_one_by_one(
    book: Book, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    if how == "no bindings":
        book.bindings = None
    elif book.bindings is not None:
        book.bindings.refuses = how == "refused"
    recorder = CudaRecorder(DEVICE, join=how != "not wished")
    d, g = (recorder.record(lambda: None) for _ in range(2))
    for attempt in range(2):
        del book.lines[:]
        replay = recorder.join(lambda: book.write("rewind"), [d, g, g])
        ready = [line for line in book.lines if "instantiate" in line]
        assert ready == ["default: instantiate graph 1", "default: instantiate graph 2"] * (not attempt)
        del book.lines[:]
        replay()
        assert book.lines == ["default: rewind", "default: replay graph 1", *["default: replay graph 2"] * 2]
    assert not recorder.joins
    why = {"refused": "CUDA refuses to join graphs: cudaErrorInvalidValue", "no bindings": "cuda-bindings"}
    told = caplog.text.count("steps are replayed update by update")
    assert told == (how != "not wished"), "it is tried and told once"
    assert why.get(how, "") in caplog.text


@pytest.mark.parametrize("how", ["broken", "full"])
def test_a_step_that_finds_no_room_is_replayed_one_by_one_and_the_next_is_tried(book: Book, how: str) -> None:
    recorder = CudaRecorder(DEVICE)
    recording = recorder.record(lambda: None)
    recorder.join(lambda: None, [recording])
    recording.replay()
    monkey = recorder._one_by_one(lambda: None, [recording])  # now its graph stands alone, too
    monkey()
    setattr(book, how, True)
    replay = recorder.join(lambda: book.write("rewind"), [recording])
    assert book.underway == []
    assert book.current.name == "default"
    del book.lines[:]
    replay()
    assert book.lines == ["default: rewind", "default: replay graph 1"]
    setattr(book, how, False)
    recorder.join(lambda: None, [recording])()
    assert "replay graph 1" not in book.lines[-1]
    assert recorder.joins


def test_where_there_is_no_room_for_an_update_alone_it_is_refused_before_anything_is_drawn(
    book: Book,
) -> None:
    recorder = CudaRecorder(DEVICE, join=False)
    recording = recorder.record(lambda: None)
    book.full = True
    with pytest.raises(RecordingError, match=r"does not take an update's graph \(no room\)"):
        recorder.join(lambda: None, [recording])


def test_work_that_draws_random_numbers_is_refused(book: Book) -> None:
    def work() -> None:
        book.offset += 4

    with pytest.raises(RecordingError, match="draws random numbers"):
        CudaRecorder(DEVICE).record(work)


def test_the_bindings_are_looked_for_where_nvidia_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("cuda.bindings.runtime")
    for name in ("cuda", "cuda.bindings", "cuda.bindings.runtime"):
        monkeypatch.setitem(sys.modules, name, module)
    assert bindings() is module
    monkeypatch.setitem(sys.modules, "cuda.bindings.runtime", None)
    assert bindings() is None


def test_a_capture_that_fails_is_tidied_up(book: Book) -> None:
    recorder = CudaRecorder(DEVICE)
    recorder.record(lambda: None)
    book.broken = True
    with pytest.raises(RecordingError, match=r"\(operation not permitted when stream is capturing\)"):
        recorder.record(lambda: None)
    assert book.current.name == "default"
    assert book.lines[-2:] == ["stream 2: device 0 ends pool 1", "stream 2: device 0 releases pool 1"]
    assert book.underway == []
    assert gc.isenabled()
    book.broken = False
    recorder.record(lambda: None)
    assert "stream 2: begin graph 3 in pool 2" in book.lines


def test_work_that_fails_before_the_capture_leaves_the_pool_alone(book: Book) -> None:
    def work() -> None:
        raise torch.OutOfMemoryError("no room")

    recorder = CudaRecorder(DEVICE)
    with pytest.raises(RecordingError, match="no room"):
        recorder.record(work)
    assert book.lines[-1] == "default: default waits for stream 1"
    assert book.current.name == "default"


def test_a_mistake_in_the_work_is_no_refusal(book: Book) -> None:
    with pytest.raises(TypeError):
        CudaRecorder(DEVICE).record(lambda: len(5))  # type: ignore[arg-type,func-returns-value]
    assert book.current.name == "default"


def test_the_host_waits_when_it_is_too_far_ahead(book: Book) -> None:
    recorder = CudaRecorder(DEVICE)
    for _ in range(AHEAD + 2):
        recorder.pace()
    waits = ["default: wait for a mark", "default: mark"]
    assert book.lines == ["default: mark"] * AHEAD + waits * 2


def test_on_a_gpu_updates_are_recorded_unless_it_is_off(book: Book) -> None:
    assert isinstance(recorder_for(DEVICE, "auto"), CudaRecorder)
    assert isinstance(recorder_for(DEVICE, "on"), CudaRecorder)
    assert recorder_for(DEVICE, "off") is None
    assert book.pools == 2


def test_a_checkpoint_leaves_the_device_beside_the_training(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty, held = torch.empty, []

    def unpinned(*shape: Any, pin_memory: bool, **kind: Any) -> Tensor:
        assert pin_memory
        return empty(*shape, **kind)

    monkeypatch.setattr(torch, "empty", unpinned)
    monkeypatch.setattr(Tensor, "record_stream", lambda _, stream: held.append(stream.name))
    state = {"a": torch.arange(6.0).view(2, 3).t(), "b": torch.tensor(3)}
    copies, arrived = tensors._fetch(state, DEVICE)
    state["a"].zero_()
    assert copies["a"].tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    assert copies["a"].is_contiguous()
    assert copies["b"].item() == 3
    assert held == ["stream 1"] * 2
    assert book.lines == ["default: stream 1 waits for default", "stream 1: mark"]
    arrived.synchronize()
    assert book.lines[-1] == "default: wait for a mark"
