"""A stand-in for CUDA graphs on a CPU: a recording is a tape of operations on fixed memory.

As with a graph, a replay runs no Python of the recorded work: it does the same operations with the same
numbers on the same memory. What a capture would refuse is refused, and what the work left in memory of its
own is overwritten behind each replay, as the replay of another graph in the same pool would.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from gan_tui.training.graphs import Recording, RecordingError, Replay

WAITING = {
    "_local_scalar_dense",
    "item",
    "equal",
    "is_nonzero",
    "nonzero",
    "masked_select",
    "_unique2",
    "unique_dim",
}
"""Operations that look at values, or whose result's size depends on values."""
FROM_HOST = {"lift_fresh", "lift_fresh_copy"}
"""Operations that bring Python's numbers to a device; a single number goes into a kernel as it is."""
RANDOM = {"normal", "uniform", "randint", "randn", "rand", "randperm", "bernoulli", "random", "multinomial"}
UNWRITTEN = {"empty", "new_empty", "empty_like", "empty_strided", "new_empty_strided"}


class TapeError(AssertionError):
    """The work breaks a rule of recordings."""


def _where(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _tensors(values: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]


class _Entry:
    """One operation, and where its results lie."""

    def __init__(self, func: Any, args: Any, kwargs: Any, results: Any) -> None:
        self.func, self.args, self.kwargs = func, args, kwargs
        given = {_where(tensor) for tensor in _tensors((args, kwargs))}
        self.results = _tensors(results)
        self.new = [_where(tensor) not in given for tensor in self.results]

    def again(self) -> None:
        results = _tensors(self.func(*self.args, **self.kwargs))
        for mine, fresh, new in zip(self.results, results, self.new, strict=True):
            if new:
                mine.copy_(fresh)


class _Taping(TorchDispatchMode):
    """Does each operation and writes it down."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[_Entry] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        self._check(func, args)
        results = func(*args, **kwargs)
        if func._schema.name.removeprefix("aten::") not in UNWRITTEN:
            self.entries.append(_Entry(func, args, kwargs, results))
        return results

    @staticmethod
    def _check(func: Any, args: Any) -> None:
        name = func._schema.name.removeprefix("aten::")
        if name in WAITING or (name in {"index", "index_put_"} and _has_mask(args)):
            raise TapeError(f"{name} waits for the device")
        if name in FROM_HOST and args[0].dim():
            raise TapeError(f"{name} brings data from the host")
        if name.rstrip("_").removesuffix("_like") in RANDOM:
            raise TapeError(f"{name} draws random numbers")


def _has_mask(args: Any) -> bool:
    return any(tensor.dtype in {torch.bool, torch.uint8} for tensor in _tensors(args[1]))


class Tape:
    """A recording.

    Attributes:
        replays: how often it was replayed.
    """

    def __init__(self, entries: list[_Entry]) -> None:
        self._entries = entries
        self._own: dict[int, Tensor] = {}
        outside: dict[int, Tensor] = {}
        for entry in entries:
            for tensor in _tensors((entry.args, entry.kwargs)):
                if _where(tensor) not in self._own:
                    outside.setdefault(id(tensor), tensor)
            for tensor, new in zip(entry.results, entry.new, strict=True):
                if new:
                    self._own.setdefault(_where(tensor), tensor)
        self._places = [(tensor, tensor.data_ptr(), tensor.stride()) for tensor in outside.values()]
        self.replays = 0
        self._spoil()

    @torch.no_grad()
    def replay(self) -> None:
        """See :class:`~gan_tui.training.graphs.Recording`."""
        for tensor, place, strides in self._places:
            if (tensor.data_ptr(), tensor.stride()) != (place, strides):
                raise TapeError(f"a tensor of shape {tuple(tensor.shape)} has moved")
        for entry in self._entries:
            entry.again()
        self.replays += 1
        self._spoil()

    @torch.no_grad()
    def forget(self) -> None:
        """Spoil what the work did, as it would not have been done: a capture does nothing."""
        for tensor, _, _ in self._places:
            tensor.fill_(99)

    def holds(self, tensor: Tensor) -> bool:
        """Whether the tensor lies in memory that the recorded work made for itself."""
        return _where(tensor) in self._own

    def _spoil(self) -> None:
        with torch.no_grad():
            for tensor in self._own.values():
                if tensor.is_floating_point():
                    tensor.fill_(float("nan"))
                elif tensor.dtype == torch.int64:
                    tensor.fill_(torch.iinfo(torch.int64).max)


class TapeRecorder:
    """Records on tapes; does the work once to warm up, as a real recorder does.

    Attributes:
        tapes: all that were recorded. joined: the numbers of the tapes that were joined, each time.
        paced: steps that were announced.
    """

    def __init__(self) -> None:
        self.tapes: list[Tape] = []
        self.joined: list[list[int]] = []
        self.paced = 0

    def record(self, work: Callable[[], None]) -> Recording:
        work()
        tape = self._taped(work)
        self.tapes.append(tape)
        return tape

    def join(self, before: Callable[[], None], recordings: Sequence[Recording]) -> Replay:
        self.joined.append([self.tapes.index(one) for one in recordings if isinstance(one, Tape)])
        first = self._taped(before)
        first.forget()
        tapes = [first, *recordings]

        def replay() -> None:
            for tape in tapes:
                tape.replay()

        return replay

    @staticmethod
    def _taped(work: Callable[[], None]) -> Tape:
        taping = _Taping()
        with taping, _no_looking():
            work()
        return Tape(taping.entries)

    def pace(self) -> None:
        self.paced += 1


class RefusingRecorder(TapeRecorder):
    """Gives up at some recordings, after the work was done."""

    def __init__(self, refused: Iterable[int] = (0,)) -> None:
        super().__init__()
        self._refused = set(refused)
        self._asked = 0

    def record(self, work: Callable[[], None]) -> Recording:
        self._asked += 1
        if self._asked - 1 in self._refused:
            work()
            raise RecordingError("the device does not record")
        return super().record(work)


class _no_looking:  # noqa: N801 - a context manager reads as a verb
    """Refuses what reads a tensor past the dispatcher."""

    NAMES = ("cpu", "numpy", "tolist", "item", "__bool__", "__float__", "__int__", "__index__", "to")

    def __enter__(self) -> None:
        self._originals = {name: inspect.getattr_static(Tensor, name, None) for name in self.NAMES}
        for name in self.NAMES:
            setattr(Tensor, name, self._guarded(name, getattr(Tensor, name)))

    def __exit__(self, *_: object) -> None:
        for name, original in self._originals.items():
            if name in Tensor.__dict__ and original is not None and name in _OWN:
                setattr(Tensor, name, original)
            else:
                delattr(Tensor, name)

    @staticmethod
    def _guarded(name: str, original: Any) -> Any:
        def guarded(self: Tensor, *args: Any, **kwargs: Any) -> Any:
            moves = name != "to" or any(
                isinstance(one, str | torch.device) for one in (*args, *kwargs.values())
            )
            if moves:
                raise TapeError(f"Tensor.{name} waits for the device")
            return original(self, *args, **kwargs)

        return guarded


_OWN = frozenset(Tensor.__dict__)
"""Methods that torch.Tensor defines itself, beside those that it inherits."""
