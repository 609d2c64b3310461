"""Old events of automatic checkpoints are dropped: they alone come without anybody's doing, for ever.

An automatic checkpoint is taken each so many steps, and pruned soon after. "saved step-000200" is of use
while it is news, and while there is a checkpoint to restore. So the newest of these events stay, and those
whose checkpoint is still there. All others stay for good: what a user did (checkpoints with a name or saved
by a key among them), what the run came through, and all that went wrong.

The newest event of all is never among those that go, so numbers only rise, also over a restart; below it they
may have gaps. A reader that asks for what came after a number gets all of it that is still there.
"""

import sqlite3
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Final

AUTOMATIC: Final = (
    "kind = 'saved' AND who = 'auto' AND mark = '' "
    "AND text GLOB 'saved step-[0-9]*' AND text NOT GLOB '*-*-*'"
)
"""Of ``events``: automatic checkpoints without a label (``step-000200``, not ``step-000200-before-…``)."""
_OLDEST_THAT_STAYS: Final = f"SELECT seq FROM events WHERE {AUTOMATIC} ORDER BY seq DESC LIMIT 1 OFFSET ?"  # noqa: S608 - fixed text
_OLD: Final = f"SELECT seq, substr(text, 7) FROM events WHERE {AUTOMATIC} AND seq < ? ORDER BY seq"  # noqa: S608 - fixed text

There = Callable[[], AbstractSet[str]]
"""Names of the checkpoints that are there; raises OSError where nobody can say."""


def superfluous(connection: sqlite3.Connection, newest: int, there: There, most: int) -> list[int]:
    """Numbers of the oldest events that nobody needs.

    Args:
        connection: of the history.
        newest: so many of the automatic checkpoints' events stay in any case, at least 1.
        there: whose events stay, too.
        most: numbers at most.

    Raises:
        sqlite3.Error: the history cannot be read.
    """
    found = connection.execute(_OLDEST_THAT_STAYS, (max(1, newest) - 1,)).fetchone()
    if found is None:
        return []
    cursor = connection.execute(_OLD, found)
    try:
        first = next(cursor, None)
        if first is None:
            return []
        names = there()
        old = (seq for row in ((first,), cursor) for seq, name in row if name not in names)
        return list(islice(old, most))
    except OSError:
        return []
    finally:
        cursor.close()


def drop(connection: sqlite3.Connection, numbers: list[int]) -> None:
    """Delete these events; the caller's transaction."""
    connection.executemany("DELETE FROM events WHERE seq = ?", ((number,) for number in numbers))
