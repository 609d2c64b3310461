"""Works on threads of their own: all run, errors arrive, torch's settings are as they were."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.networks import threads as networks_threads
from gan_tui.networks.article import FEW, ArticleDiscriminator, ArticleGenerator
from gan_tui.networks.threads import alone, at_once, cut


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """So many threads of torch's."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@given(count=st.integers(0, 100), least=st.integers(0, 20), threads=st.integers(1, 9))
def test_parts_make_the_whole_and_are_long_enough(count: int, least: int, threads: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "get_num_threads", lambda: threads)
        parts = cut(count, least)
    assert [number for part in parts for number in range(*part)] == list(range(count))
    assert len(parts) <= threads
    lengths = [end - start for start, end in parts]
    assert all(length >= min(least, count) for length in lengths)
    assert not lengths or max(lengths) - min(lengths) <= 1


def test_each_work_has_a_thread_without_gradients_and_one_torch_thread(threads: int) -> None:
    together = threading.Barrier(threads)
    seen: list[tuple[int, int, bool]] = []

    def work() -> None:
        together.wait(30)
        seen.append((threading.get_ident(), torch.get_num_threads(), torch.is_grad_enabled()))

    at_once([work] * threads)
    assert len({thread for thread, _, _ in seen}) == threads
    assert {grad for _, _, grad in seen} == {False}
    assert {count for _, count, _ in seen} == {1}
    assert torch.get_num_threads() == threads
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_an_error_arrives_when_all_have_ended(bad: int) -> None:
    before = torch.get_num_threads()
    ended: list[int] = []

    def work(number: int) -> None:
        if number == bad:
            raise ArithmeticError(f"of {number}")
        ended.append(number)

    with pytest.raises(ArithmeticError, match=f"of {bad}"):
        at_once([partial(work, number) for number in range(3)])
    assert sorted(ended) == [number for number in range(3) if number != bad]
    assert torch.get_num_threads() == before
    at_once([partial(ended.append, number) for number in (10, 11, 12)])
    assert sorted(ended)[-3:] == [10, 11, 12]


def test_no_answer_of_an_interrupted_work_passes_for_a_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, ended = threading.Event(), threading.Event()

    def slow() -> None:
        go_on.wait(30)
        ended.set()

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    def fail() -> None:
        raise ArithmeticError

    with monkeypatch.context() as patch:
        patch.setattr(networks_threads._Helper, "wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            at_once([lambda: None, slow])
    go_on.set()
    assert ended.wait(30)
    with pytest.raises(ArithmeticError):
        at_once([lambda: None, fail])


def test_no_works_are_soon_done(threads: int) -> None:
    at_once([])
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize("bfloat16", [False, True])
def test_in_inference_mode_the_article_s_pair_is_the_same(threads: int, bfloat16: bool) -> None:
    del threads  # so many there are
    torch.manual_seed(0)
    generator, discriminator = ArticleGenerator(), ArticleDiscriminator()
    z = torch.randn(FEW + 1, 64)
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        with torch.no_grad():
            expected = discriminator(generator(z))
        with torch.inference_mode():
            found = discriminator(generator(z))
    assert found.is_inference()
    assert torch.equal(found, expected)


def test_no_images_are_judged_without_a_word(threads: int) -> None:
    del threads  # so many there are
    discriminator = ArticleDiscriminator()
    logits = discriminator(torch.rand(0, 1, 28, 28))
    assert len(logits) == 0
    logits.sum().backward()
    assert all(torch.count_nonzero(p.grad) == 0 for p in discriminator.parameters() if p.grad is not None)


def test_the_article_s_pair_is_the_same_on_any_number_of_threads_and_the_same_bits_on_as_many(
    threads: int,
) -> None:
    torch.manual_seed(0)
    generator, discriminator = ArticleGenerator(), ArticleDiscriminator()
    start = {name: value.clone() for name, value in generator.state_dict().items()}
    z = torch.randn(FEW + 1, 64)

    def gradients(single: bool) -> list[torch.Tensor]:
        generator.load_state_dict(start)
        generator.zero_grad()
        discriminator.zero_grad()
        torch.set_num_threads(1 if single else threads)
        discriminator(generator(z)).sum().backward()
        pairs = (*generator.parameters(), *discriminator.parameters())
        return [parameter.grad.clone() for parameter in pairs if parameter.grad is not None]

    first, again, single = gradients(False), gradients(False), gradients(True)
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    for one, other in zip(first, single, strict=True):
        assert (one - other).norm() <= 1e-3 * other.norm() + 1e-6


@pytest.mark.parametrize("when", [True, False])
def test_alone_is_on_one_thread_for_as_long_as_it_lasts(threads: int, when: bool) -> None:
    inside = []

    def look() -> None:
        inside.append(torch.get_num_threads())

    def fail() -> None:
        with alone(when):
            look()
            at_once([look for _ in cut(threads)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert inside == ([1, 1] if when else [threads] + [1] * threads)
    assert torch.get_num_threads() == threads
