"""The ways to train that are compared.

A peer is one file here and one line in :data:`PEERS`. The rest of the program knows its name without torch:
``RATIO_KEYS`` has the report's key, ``EAGER`` or ``COMPILING`` its place in a measurement
(``bench/plan.py``), ``Recipe`` has that key as a field (``bench/report.py``), ``HEADS`` its column
(``bench/table.py``). A test holds them alike.
"""

from collections.abc import Callable, Mapping
from typing import Final

from gan_tui.bench.peers.as_written import AsWritten, AsWrittenWithData
from gan_tui.bench.peers.compiled import Compiled
from gan_tui.bench.peers.jax_scan import JaxScan
from gan_tui.bench.peers.ours import Ours
from gan_tui.bench.peers.peer import Losses, Peer, Source
from gan_tui.bench.peers.plain import Plain

PEERS: Final[Mapping[str, Callable[[], Peer]]] = {
    Ours.name: Ours,
    Plain.name: Plain,
    AsWritten.name: AsWritten,
    AsWrittenWithData.name: AsWrittenWithData,
    JaxScan.name: JaxScan,
    Compiled.name: Compiled,
}
"""Name → what makes one. :mod:`gan_tui.bench.plan` knows the names without torch; a test keeps them alike."""

__all__ = ["PEERS", "Losses", "Peer", "Source"]
