"""One level word and one sentence on how the training goes: pure rules on figures, in plain words."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gan_tui.link.messages import Health, Report
from gan_tui.quality.reading import SEEN_SHARE

SEES_THROUGH: Final = 0.60
"""D's lead (its opinion of real less that of fakes) above which G gets little to learn from."""
FOOLED: Final = 0.05
"""D's lead below which its opinion says nothing."""
LEGIBLE: Final = 0.60
"""Share of readable samples below which G is still learning to draw."""
NO_BETTER: Final = 4000
"""Steps without a better distance before a word is said."""


@dataclass(frozen=True)
class Game:
    """What the rules look at; None where nothing is known yet.

    Attributes:
        opinion_real, opinion_fake: D's mean opinion, 0 … 1, over the last few dozen steps.
        right_fake: share of fakes that D is right about, likewise.
        step: now. best_step, best_distance: of the lowest distance so far.
        was_complete: every class was seen in an earlier report.
        steady: the losses are steady; see :func:`steady`.
    """

    opinion_real: float | None = None
    opinion_fake: float | None = None
    right_fake: float | None = None
    step: int = 0
    best_step: int = 0
    best_distance: float | None = None
    was_complete: bool = False
    steady: bool = True

    @property
    def lead(self) -> float | None:
        """D's opinion of real less that of fakes."""
        if self.opinion_real is None or self.opinion_fake is None:
            return None
        return self.opinion_real - self.opinion_fake


@dataclass(frozen=True)
class Finding:
    """What every rule is given: the game, the judge's report, and how to name what it read.

    Attributes:
        game, report: as :func:`assess` has them.
        counted: "9 of 10 digits". missing: "5", the names of the unseen classes.
        complete: every class is seen. legible: most samples can be read.
    """

    game: Game
    report: Report
    counted: str
    missing: str

    @property
    def complete(self) -> bool:
        """Every class has its share."""
        return self.report.seen == len(self.report.shares)

    @property
    def legible(self) -> bool:
        """Most samples can be read."""
        return self.report.readable >= LEGIBLE


Rule = Callable[[Finding], Health | None]


def collapse(found: Finding) -> Health | None:
    """Half of the classes or fewer, and these legible: G draws the same again and again."""
    half = 2 * found.report.seen <= len(found.report.shares)
    if not (half and (found.legible or found.game.was_complete)):
        return None
    return Health(level="alarm", text=f"only {found.counted} (no {found.missing}): G repeats itself")


def early(found: Finding) -> Health | None:
    """Some classes, none of them clear yet."""
    if found.complete or found.game.was_complete or found.legible:
        return None
    return Health(level="learning", text=f"{found.counted} so far; G still draws noise for the rest")


def sees_through(found: Finding) -> Health | None:
    """D tells real from fake so surely that G learns little; harmless while nearly all can be read."""
    lead, right = found.game.lead, found.game.right_fake
    if lead is None or right is None or lead <= SEES_THROUGH or found.report.readable >= 0.9:
        return None
    text = f"D sees through G: right about {_tenths(right)}; give G a step (g)"
    return Health(level="watch", text=text)


def fooled(found: Finding) -> Health | None:
    """D's opinion says nothing any more."""
    lead, right = found.game.lead, found.game.right_fake
    if lead is None or right is None or lead >= FOOLED or right >= 0.5:
        return None
    return Health(level="watch", text=f"G fools D: right about {_tenths(right)}; give D a step (d)")


def missing_classes(found: Finding) -> Health | None:
    """A class or a few are not drawn."""
    if found.complete:
        return None
    text = f"{found.counted} (no {found.missing}){_and_fakes(found.game)}"
    return Health(level="watch", text=text)


def unclear(found: Finding) -> Health | None:
    """Every class, but many samples cannot be read."""
    if found.legible:
        return None
    readable = f"{found.report.readable:.0%} of the samples can be read so far"
    return Health(level="learning", text=f"{found.counted}; {readable}")


def stuck(found: Finding) -> Health | None:
    """The distance was much better a long time ago."""
    game, report = found.game, found.report
    if game.best_distance is None:
        return None
    since = game.step - game.best_step
    far = report.distance > 1.5 * game.best_distance and report.distance > 3 * report.floor
    if not far or since < max(NO_BETTER, game.best_step // 2):
        return None
    text = f"no better for {since:,} steps (distance {report.distance:.0f}); try a lower lr"
    return Health(level="watch", text=text)


RULES: Final[tuple[Rule, ...]] = (collapse, early, sees_through, fooled, missing_classes, unclear, stuck)
"""The most urgent first; the first with something to say is heard. A rule is a function and its name here."""


def assess(game: Game, report: Report | None, class_names: Sequence[str]) -> Health:
    """How the training goes: the first rule that has something to say, else healthy."""
    if report is None:
        return Health(level="learning", text=f"the judge has not read yet{_and_fakes(game)}")
    noun = "digits" if all(name.isdigit() for name in class_names) else "classes"
    named = zip(class_names, report.shares, strict=False)
    missing = " ".join(name for name, share in named if share < SEEN_SHARE)
    found = Finding(game, report, f"{report.seen} of {len(report.shares)} {noun}", missing)
    said = next((health for rule in RULES if (health := rule(found)) is not None), None)
    more = ", losses steady" if game.steady else ", losses swing"
    return said or Health(level="healthy", text=f"{found.counted}{_and_fakes(game)}", more=more)


def not_finite(network: str, step: int, checkpoint_step: int | None) -> Health:
    """The alarm for a loss that is nan or infinite; ``network`` is "D" or "G"."""
    safe = (
        f"step {checkpoint_step:,} is safe (c restores it)"
        if checkpoint_step is not None
        else "nothing was saved yet"
    )
    text = f"{network}'s loss is not finite since step {step:,}; paused, nothing bad was saved"
    return Health(level="alarm", text=text, more=f".  {safe}")


def steady(losses: Sequence[float]) -> bool:
    """Whether losses keep within a third of their mean (their standard deviation does); few say nothing."""
    finite = [loss for loss in losses if math.isfinite(loss)]
    if len(finite) < 8:
        return True
    mean = sum(finite) / len(finite)
    deviation = math.sqrt(sum((loss - mean) ** 2 for loss in finite) / len(finite))
    return deviation <= abs(mean) / 3


def _tenths(share: float) -> str:
    tenths = round(10 * share)
    return f"{tenths or 'no'} fakes in 10"


def _and_fakes(game: Game) -> str:
    return "" if game.right_fake is None else f", D is right about {_tenths(game.right_fake)}"
