"""What the measuring process tells the one that waits for it: one JSON object a line."""

from typing import Any

import msgspec

from gan_tui.bench.compare import OurFigures, PeerFigures


class Said(msgspec.Struct, frozen=True, tag="said"):
    """A line of progress for people."""

    text: str


class Looked(msgspec.Struct, frozen=True, tag="looked"):
    """What this machine is."""

    machine: dict[str, Any]


class Began(msgspec.Struct, frozen=True, tag="began"):
    """A task began, by its place in the list that the process was given."""

    index: int


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """A task ended, whatever it brought."""

    index: int


class Skipped(msgspec.Struct, frozen=True, tag="skipped"):
    """Something was not measured.

    Attributes:
        what: "article: compiled"; "compiled" where this machine lacks what the peer needs.
        why: half a sentence.
    """

    what: str
    why: str


class Compared(msgspec.Struct, frozen=True, kw_only=True, tag="compared"):
    """A comparison so far; the same comparison's next message replaces it.

    Attributes:
        index: of the task. recipe: its name. ratio: D:G. own_ratio: whether that is the recipe's own.
        d_batch, g_batch, networks, precision, threads: of ours.
        ours: our step. peers: the others' by name.
        limit: of a step here, and the rates it is made of; None where it was not found out.
    """

    index: int
    recipe: str
    ratio: tuple[int, int]
    own_ratio: bool
    d_batch: int
    g_batch: int
    networks: str
    precision: str
    threads: int
    ours: OurFigures
    peers: dict[str, PeerFigures]
    limit: dict[str, Any] | None


class Measured(msgspec.Struct, frozen=True, tag="measured"):
    """What another measurement brought, as JSON has it."""

    kind: str
    recipe: str
    result: dict[str, Any]


Message = Said | Looked | Began | Ended | Skipped | Compared | Measured
