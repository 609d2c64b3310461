"""The limit's arithmetic on given rates and counts."""

import msgspec
import pytest

from gan_tui.bench.counting import Pass, Product, StepCount, of_step
from gan_tui.bench.errors import BenchError
from gan_tui.bench.rates import Rates
from gan_tui.bench.roofline import Limit, limit, limit_of
from gan_tui.config.sources import combine
from gan_tui.networks import pair_named

RATES = Rates(
    device="cpu",
    threads=1,
    precision="fp32",
    multiply_adds_per_second=1000.0,
    copy_bytes_per_second=7.0,
    memory_bytes_per_second=10.0,
    cached_bytes_per_second=100.0,
    cache_bytes=50,
    by_shape={},
)


def made(*products: Product, passes: tuple[Pass, ...] = ()) -> StepCount:
    return StepCount("computed", products, passes)


def test_each_product_takes_the_longer_of_its_two_times() -> None:
    found = limit_of(
        made(
            Product("G", "a", "forward", 1, 2, 1000, 50),  # twice: 1 s of adding, 0.5 s in the cache
            Product("G", "b", "forward", 1, 1, 1000, 51),  # 1 s of adding, 5.1 s in memory
            Product("D", "a", "weights", 1, 1, 500, 10),  # 0.5 s of adding, 0.1 s in the cache
            passes=(Pass("Adam G", 100, 2), Pass("average", 20, 1)),  # 20 s in memory, 0.2 s in the cache
        ),
        RATES,
    )
    assert found.parts == pytest.approx(
        {"G forward": 2 + 5.1, "D weights": 0.5, "Adam G": 20.0, "average": 0.2}
    )
    assert found.seconds == pytest.approx(27.8)
    assert found.arithmetic_seconds == pytest.approx(3.5)
    assert found.memory_seconds == pytest.approx(2 * 0.5 + 5.1 + 0.1 + 20.0 + 0.2)
    assert found.overlapped_seconds == pytest.approx(26.4)
    assert found.binds == "memory"
    assert (found.multiply_adds, found.bytes) == (3500, 100 + 51 + 10 + 220)


def test_what_binds_is_what_most_seconds_are_due_to() -> None:
    adding = Product("G", "a", "forward", 1, 1, 6000, 10)
    moving = Product("G", "b", "forward", 1, 1, 0, 59)
    assert limit_of(made(adding, moving), RATES).binds == "arithmetic"
    assert limit_of(made(adding, moving, passes=(Pass("Adam D", 60, 1),)), RATES).binds == "memory"


def test_the_share_of_the_limit() -> None:
    found = limit_of(made(Product("G", "a", "forward", 1, 1, 2000, 10)), RATES)
    assert found.share(2.0) == pytest.approx(1.0)
    assert found.share(8.0) == pytest.approx(0.25)
    for nonsense in (0.0, -1.0, float("nan")):
        with pytest.raises(BenchError):
            found.share(nonsense)


def test_the_article_s_limit_where_memory_is_free() -> None:
    config = combine({"recipe": "article"})
    pair = pair_named(config.networks)
    rates = msgspec.structs.replace(
        RATES,
        multiply_adds_per_second=43e9,
        memory_bytes_per_second=float("inf"),
        cached_bytes_per_second=float("inf"),
    )
    found, written = limit(config, pair, rates), limit(config, pair, rates, "written")
    assert found.seconds == pytest.approx(21.76e9 / 43e9, rel=1e-3)
    assert found.seconds == pytest.approx(found.arithmetic_seconds)
    assert written.seconds == pytest.approx(121.07e9 / 43e9, rel=1e-3)
    assert (found.form, written.form, found.binds) == ("computed", "written", "arithmetic")


def test_products_in_bfloat16_move_half() -> None:
    config = combine({"recipe": "article"})
    pair = pair_named(config.networks)
    fp32, bf16 = (
        limit(config, pair, msgspec.structs.replace(RATES, precision=name)) for name in ("fp32", "bf16")
    )
    updates = of_step(config, pair).totals().update_bytes
    assert (fp32.bytes - updates) == 2 * (bf16.bytes - updates)


def test_a_limit_is_json() -> None:
    found = limit_of(made(Product("G", "a", "forward", 1, 1, 2000, 10)), RATES)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Limit) == found
