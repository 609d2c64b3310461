"""In the room of LOSSES when the trainer is gone: what happened, what is safe, what is lost, what to do."""

from gan_tui.render import numbers
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane
from gan_tui.viewer.widgets.rows import Row, cut, row, titled, width

_LABEL = 12


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int) -> list[Row]:
    """Title and the rows that fit: with few of them what, safe and do come first."""
    style, text, more = view.look.style, view.look.text, view.look.glyphs.more
    death = snapshot.death
    if death is None:
        return [titled(view, "losses", "TRAINER DIED", cells, asleep=True)]
    step = snapshot.telemetry.step if snapshot.telemetry else 0
    note = row((f"step {numbers.count(step)}  {text(death.clock)}", style("dim")))
    bold = style("text", bold=True)
    safe = f"step {numbers.count(death.safe_step)}"

    def labelled(label: str, *parts: tuple[str, str]) -> Row:
        out = row((f"  {label:<{_LABEL - 2}}", style("dim")))
        for said, kind in parts:
            room = max(0, cells - width(out))
            out += row((cut(text(said), room, more), bold if kind == "bold" else style(kind)))
        return out

    what = labelled("what", (death.what, "text"))
    kept = (
        labelled("safe", (f"{safe}: both networks, optimisers, random state", "bold"))
        if death.safe
        else labelled("safe", ("nothing yet: there is no checkpoint; the history is whole", "bold"))
    )
    steps = f"{numbers.count(death.lost_steps)} step{'' if death.lost_steps == 1 else 's'}"
    gone = f"{steps}, {numbers.duration(death.lost_seconds)} of training" if death.lost_steps else "nothing"
    lost = labelled("lost", (f"{gone}; the history is whole", "text"))
    again = f"  resume from {safe}     " if death.safe else "  start again     "
    do = labelled("do", ("r", "bold"), (again, "text"), ("o", "bold"), ("  open the log", "text"))
    body = [what, kept, lost, do]
    room = height - 1
    if room < len(body):
        body = {3: [what, kept, do], 2: [what, do], 1: [do]}.get(room, [])
    log_rows = room - len(body) - 1
    if log_rows > 0 and death.log:
        body.append([])
        for i, line in enumerate(death.log[-log_rows:]):
            body.append(labelled("" if i else "log", (line, "dim")))
    return [titled(view, "losses", "TRAINER DIED", cells, note, asleep=True), *body][:height]


class Died(Pane):
    """How the trainer ended."""

    fades = False

    def __init__(self) -> None:
        super().__init__("died")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """What fits."""
        return rows(snapshot, view, width, height)
