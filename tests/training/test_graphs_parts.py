"""The stand-in refuses what a capture refuses; state is kept; the host does not run away."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gan_tui.training.graphs.kept import kept
from gan_tui.training.graphs.pace import Pace
from tests.training.tape import TapeError, TapeRecorder


def record(work: Callable[[], object]) -> Callable[[], None]:
    return TapeRecorder().record(lambda: (work(), None)[1]).replay


BREAKING: dict[str, Callable[[Tensor], object]] = {
    "waits": lambda x: x.sum().item(),
    "is looked at": lambda x: bool(x.sum() > 0),
    "is listed": lambda x: x.tolist(),
    "goes to the host": lambda x: x.cpu(),
    "goes to a device": lambda x: x.to("cpu"),
    "becomes an array": lambda x: x.numpy(),
    "has a size by its values": lambda x: x.nonzero(),
    "is picked by a mask": lambda x: x[x > 0],
    "comes from the host": lambda x: x + torch.tensor([1.0, 2.0, 3.0]),
    "is noise": lambda x: torch.empty_like(x).normal_(),
    "is a random number": lambda _: torch.randint(3, (2,), generator=torch.Generator()),
}


@pytest.mark.parametrize("why", list(BREAKING))
def test_what_a_capture_refuses_is_refused(why: str) -> None:
    x = torch.ones(3)
    with pytest.raises(TapeError):
        record(lambda: BREAKING[why](x))
    assert x.cpu().tolist() == [1.0, 1.0, 1.0]  # and Tensor is as before


def test_a_replay_reads_the_present_contents() -> None:
    state, doubled = torch.zeros(3), torch.zeros(3)

    def work() -> None:
        state.add_(1.0)
        doubled.copy_(state * 2)

    replay = record(work)
    state.fill_(10.0)
    replay()
    replay()
    assert state.tolist() == [12.0] * 3
    assert doubled.tolist() == [24.0] * 3


def test_joined_recordings_are_replayed_in_their_order_as_often_as_they_stand() -> None:
    x, recorder = torch.zeros(1), TapeRecorder()
    add, double = (recorder.record(work) for work in (lambda: _none(x.add_(1)), lambda: _none(x.mul_(2))))
    replay = recorder.join(lambda: _none(x.fill_(3)), [double, add, double, add])
    for _ in range(2):
        x.fill_(100)
        replay()
        assert x.tolist() == [15.0]
    assert recorder.joined == [[1, 0, 1, 0]]
    assert [tape.replays for tape in recorder.tapes] == [4, 4]


def _none(_: object) -> None:
    pass


def test_python_is_not_run_again() -> None:
    total, rate, calls = torch.zeros(()), [1.0], []

    def work() -> None:
        calls.append(1)
        total.add_(rate[0])

    replay = record(work)
    rate[0] = 100.0
    total.zero_()
    replay()
    assert total.item() == 1.0
    assert len(calls) == 2  # to warm up, and to record


def test_moved_memory_is_refused() -> None:
    x = torch.zeros(3)
    replay = record(lambda: x.add_(1))
    replay()
    x.data = torch.zeros(3)
    with pytest.raises(TapeError, match="has moved"):
        replay()


def test_what_the_work_leaves_behind_is_spoiled() -> None:
    x, left = torch.ones(3), []

    def work() -> None:
        left.append(x * 2)

    record(work)()
    assert left[1].isnan().all()


def test_gradients_through_custom_functions_are_on_the_tape() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    sums = torch.zeros(2)

    def work() -> None:
        x.grad = None
        (x**3).sum().backward()  # type: ignore[no-untyped-call]
        assert x.grad is not None
        with torch.no_grad():
            sums.add_(x.grad)

    replay = record(work)
    with torch.no_grad():
        x.mul_(2)
    sums.zero_()
    replay()
    assert sums.tolist() == [12.0, 48.0]


def test_kept_state_is_as_before_and_where_it_was() -> None:
    x = torch.arange(3.0)
    place = x.data_ptr()

    def disturb() -> None:
        with kept([x]):
            x.zero_()
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        disturb()
    assert x.tolist() == [0.0, 1.0, 2.0]
    assert x.data_ptr() == place


class Device:
    """A queue of marks; each is reached when somebody waits for it."""

    def __init__(self) -> None:
        self.asked = 0
        self.done = 0

    def mark(self) -> "Mark":
        return Mark(self)


class Mark:
    def __init__(self, device: Device) -> None:
        self.device, self.place = device, 0

    def record(self) -> None:
        self.place = self.device.asked

    def synchronize(self) -> None:
        self.device.done = max(self.device.done, self.place)


@pytest.mark.parametrize("ahead", [1, 3, 4])
def test_the_host_is_a_few_steps_ahead_and_no_more(ahead: int) -> None:
    device = Device()
    pace = Pace(device.mark, ahead)
    waiting = []
    for _ in range(20):
        pace.step()
        device.asked += 1
        waiting.append(device.asked - device.done)
    assert max(waiting) == ahead + 1
    assert waiting[-1] == ahead + 1
