"""The measuring process: does tasks one after the other, and tells what they bring as soon as it is there."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
import torch

from gan_tui.bench import growth, machine, rates, roofline, starting, viewing
from gan_tui.bench.compare import LONG_TURN, Race, Racer
from gan_tui.bench.deadline import Deadline
from gan_tui.bench.messages import Began, Compared, Ended, Looked, Measured, Message, Said, Skipped
from gan_tui.bench.peers import PEERS, Peer
from gan_tui.bench.plan import OURS, Chosen, Options, Task
from gan_tui.bench.tuning import best_threads
from gan_tui.config.errors import GanTuiError
from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine
from gan_tui.data import Dataset
from gan_tui.networks import pair_for
from gan_tui.training.choose import choose, thread_candidates
from gan_tui.training.device import resolve_device
from gan_tui.training.precision import Arithmetic, products, settled

RATES_BUDGET: Final = 2.0
"""Seconds for this machine's matrix and copy rates, for each arithmetic and number of threads."""
RATES_TIME: Final = 8.0
"""Seconds that they may take on a busy machine."""


class Session:
    """Does tasks.

    Args:
        options: what was asked for. dataset: the images.
        deadline: what would end later is not begun.
        tell: takes the messages.
        peers: makes the peers; tests have their own.
        chosen: recipe → what was chosen for it before; for others a choice is made.
        clock: seconds on the wall, and processor: of processor time; tests have their own.
    """

    def __init__(
        self,
        options: Options,
        dataset: Dataset,
        deadline: Deadline,
        tell: Callable[[Message], object],
        peers: Mapping[str, Callable[[], Peer]] = PEERS,
        *,
        chosen: Mapping[str, Chosen] = MappingProxyType({}),
        clock: Callable[[], float] = time.perf_counter,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        self._options, self._dataset, self._deadline, self._tell = options, dataset, deadline, tell
        self._peers, self._chosen = peers, chosen
        self._clock, self._processor = clock, processor
        self._device = resolve_device(options.device)
        self._configs: dict[str, RunConfig] = {}
        self._threads: dict[str, int] = {}
        self._rates: dict[tuple[str, int], rates.Rates] = {}

    def look(self) -> None:
        """Tell what this machine is."""
        self._tell(Looked(msgspec.to_builtins(machine.describe(self._device))))

    def do(self, index: int, task: Task) -> None:
        """Do one task; what cannot be measured is told as skipped."""
        self._tell(Began(index))
        self._tell(Said(task.title))
        try:
            if task.kind == "compare":
                self._compare(index, task)
            else:
                self._measure(task)
        except GanTuiError as error:
            self._tell(Skipped(task.title, str(error)))
        self._tell(Ended(index))

    def _compare(self, index: int, task: Task) -> None:
        deadline = self._deadline.part(task.share)
        config = self._config(task)
        with contextlib.ExitStack() as stack:
            longest = LONG_TURN / 2 if self._options.quick else LONG_TURN
            race = Race(self._racer(OURS, config, config.threads, stack), longest)

            def tell(limit: dict[str, Any] | None = None) -> None:
                self._tell(_compared(index, task, config, race, limit))

            for name in task.peers:
                lack = self._lack(name)
                why = self._join(race, name, config, deadline, stack) if lack is None else None
                if lack is not None:
                    self._tell(Skipped(name, lack))
                elif why is not None:
                    self._tell(Skipped(task.named(name), why))
                else:
                    tell()
            self._tell(Said(f"  in turns, {race.round_seconds:.1f} s a round"))
            race.run(task.budget, task.least, deadline, tell, self._clock)
            tell()
            tell(self._limit(task, config))

    def _lack(self, name: str) -> str | None:
        """What this machine lacks that a peer needs, whatever the recipe."""
        try:
            return self._peers[name]().available(self._device)
        except Exception as error:  # noqa: BLE001 - a broken installation may fail in any way, as it is looked at
            return _failed(error)

    def _join(
        self, race: Race, name: str, config: RunConfig, deadline: Deadline, stack: contextlib.ExitStack
    ) -> str | None:
        """Let a peer take part; returns why it does not."""
        # Peers stand in the order of their speed: the next is hardly quicker than the last.
        if not deadline.fits(race.longest):
            return "no time was left"
        try:
            threads = self._threads_for(name, config)
            race.join(self._racer(name, config, threads, stack))
        except GanTuiError:
            raise
        except Exception as error:  # noqa: BLE001 - a foreign compiler may fail in any way; ours must go on
            return _failed(error)
        return None

    def _racer(self, name: str, config: RunConfig, threads: int, stack: contextlib.ExitStack) -> Racer:
        self._tell(Said(f"  {name}, {threads} thread{'s' if threads > 1 else ''}"))
        peer = self._peers[name]()
        stack.callback(peer.close)
        start = self._clock()
        peer.prepare(config, self._dataset, self._device, threads)
        return Racer(peer, threads, self._clock() - start, self._clock, self._processor)

    def _config(self, task: Task) -> RunConfig:
        """The recipe's settings, with what was left open decided as a run would decide it."""
        config = self._configs.get(task.recipe)
        if config is None:
            given = self._given(task)
            if task.recipe in self._chosen:
                given |= msgspec.structs.asdict(self._chosen[task.recipe])
            choice = choose(combine(given), given, self._dataset, self._device)
            config = msgspec.structs.replace(choice.config, device=self._device.type)
            self._configs[task.recipe] = config
        if task.ratio is not None:
            config = msgspec.structs.replace(config, d_steps=task.ratio[0], g_steps=task.ratio[1])
        return config

    def _given(self, task: Task) -> dict[str, Any]:
        """The settings of a user who gave these options."""
        asked = {"recipe": task.recipe, "device": self._options.device, "threads": self._options.threads}
        return (
            asked
            | ({} if self._options.data is None else {"data": self._options.data})
            | self._options.values
        )

    def _threads_for(self, name: str, config: RunConfig) -> int:
        """The peer's own best number of threads; those with the same layers share the answer."""
        if name == "jax_scan" and self._options.threads != 1:
            # XLA takes one processor or all.
            return thread_candidates()[-1]
        if self._options.threads:
            return self._options.threads
        # A question of the layers, not of labels or rates.
        key = config.networks.removesuffix("-labelled")
        if key not in self._threads:
            self._tell(Said("  the number of threads that suits the others best"))
            self._threads[key] = best_threads(
                self._peers["plain"], config, self._dataset, self._device, thread_candidates(), self._clock
            )
        return self._threads[key]

    def _limit(self, task: Task, config: RunConfig) -> dict[str, Any] | None:
        """The least seconds of a step here, None where the layers cannot be counted.

        Whatever number of threads trains: the whole machine sets the limit, or as many threads as the user
        gave to everybody.
        """
        precision = settled(config.precision)
        measured = self._measured(task, precision, "limit")
        if measured is None:
            return None
        pair = pair_for(config, self._dataset)
        try:
            found = roofline.limit(config, pair, measured)
        except GanTuiError as error:
            self._tell(Skipped(task.named("limit"), str(error)))
            return None
        full = measured if precision == "fp32" else self._measured(task, "fp32", "limit in float32")
        return {
            **msgspec.to_builtins(found),
            "rates": msgspec.to_builtins(measured),
            "float32_seconds": None if full is None else roofline.limit(config, pair, full).seconds,
            "float32_rates": msgspec.to_builtins(full),
        }

    def _measured(self, task: Task, precision: Arithmetic, what: str) -> rates.Rates | None:
        """The whole machine's rates in this arithmetic; None where there is no time for them."""
        threads = self._options.threads or thread_candidates()[-1]
        key = (precision, threads)
        # A machine may have another speed a quarter of an hour later; the short measurement is soon over.
        known = key in self._rates and self._options.quick
        if not known and not self._deadline.fits(RATES_TIME):
            self._tell(Skipped(task.named(what), "no time was left"))
            return None
        if not known:
            self._tell(Said(f"  this machine's matrix and copy rates in {precision}"))
            self._rates[key] = rates.measure_rates(self._device, threads, precision, RATES_BUDGET)
        return self._rates[key]

    def _measure(self, task: Task) -> None:
        config = self._config(task)
        budget = min(task.budget, self._deadline.left)
        precision = settled(config.precision)
        given = self._given(task)
        result: msgspec.Struct
        with _threads(config.threads), products(precision):
            if task.kind == "batch":
                result = growth.by_batch(
                    given, self._device, self._dataset, budget=budget, precision=precision
                )
            elif task.kind == "data":
                result = growth.by_data(
                    given, self._device, self._dataset, budget=budget, precision=precision
                )
            elif task.kind == "start":
                result = starting.measure(given, budget)
            else:
                result = viewing.measure({**given, "threads": config.threads}, budget)
        self._tell(Measured(task.kind, task.recipe, msgspec.to_builtins(result)))


def _compared(
    index: int, task: Task, config: RunConfig, race: Race, limit: dict[str, Any] | None
) -> Compared:
    """What the race has brought so far."""
    return Compared(
        index=index,
        recipe=task.recipe,
        ratio=(config.d_steps, config.g_steps),
        own_ratio=task.ratio is None,
        d_batch=config.d_batch,
        g_batch=config.g_batch,
        networks=config.networks,
        precision=config.precision,
        threads=config.threads,
        ours=race.our_figures(),
        peers=race.figures(),
        limit=limit,
    )


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _failed(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"it failed: {type(error).__name__}: {lines[0][:200]}"
