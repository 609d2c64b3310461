from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style

from gan_tui.viewer.widgets.rows import (
    Line,
    between,
    cut,
    cut_at_word,
    fitted,
    plain,
    row,
    titled,
    width,
    wrapped,
)
from tests.viewer.fixtures import view

A, B = Style(color="red"), Style(color="blue")
PARTS = st.lists(st.tuples(st.text("abc ", max_size=8), st.sampled_from([A, B])), max_size=8)


@given(parts=PARTS, cells=st.integers(0, 40))
def test_fitted_is_exact_and_joins_neighbours(parts: list[tuple[str, Style]], cells: int) -> None:
    out = fitted(row(*parts), cells, A)
    assert width(out) == cells
    assert plain(out) == plain(row(*parts))[:cells].ljust(cells)
    assert all(s.text for s in out)
    assert all(a.style != b.style for a, b in pairwise(out))


@given(puts=st.lists(st.tuples(st.integers(-5, 25), st.text("xyz", max_size=6), st.sampled_from([A, B]))))
def test_a_line_keeps_its_width(puts: list[tuple[int, str, Style]]) -> None:
    line, expected = Line(20, A), [" "] * 20
    for x, text, style in puts:
        line.put(x, text, style)
        for i, char in enumerate(text, x):
            if 0 <= i < 20:
                expected[i] = char
    assert plain(line.row()) == "".join(expected)


def test_free() -> None:
    line = Line(10, A)
    line.put(3, "ab", B)
    assert line.free(0, 3)
    assert not line.free(0, 4)
    assert not line.free(4, 1)
    assert line.free(5, 20)
    assert line.free(-4, 5)


def test_between_and_cut() -> None:
    assert plain(between([Segment("ab", A)], [Segment("yz", A)], 8, A)) == "ab    yz"
    assert plain(between([Segment("abc", A)], [Segment("xyz", A)], 5, A)) == "abc  "
    assert cut("saved step-001150", 8, "…") == "saved s…"
    assert cut("saved", 5, "…") == "saved"
    assert cut("saved", 0, "…") == ""


def test_a_note_that_does_not_fit_is_replaced_and_never_cut() -> None:
    note, short = row(("drawn by G  EMA", A)), row(("by G", A))
    said = {w: plain(titled(view(), "samples", "SAMPLES", w, note, short)) for w in range(14, 60)}
    assert all(len(text) == w for w, text in said.items())
    assert said[40].endswith("─ drawn by G  EMA")
    assert said[28].endswith("─ by G")
    assert "by" not in said[18]
    for text in said.values():
        assert text.startswith("── 1 SAMPLES ")


def test_the_pane_in_focus_has_its_rule_in_text() -> None:
    options = view(focus="game")
    style = options.look.style
    assert titled(options, "game", "THE GAME", 40)[0].style == style("text")
    assert titled(options, "steer", "STEER", 40)[0].style == style("rule")
    assert titled(options, "game", "THE GAME", 40, asleep=True)[0].style == style("rule")


@given(text=st.text("abc .,", max_size=60), cells=st.integers(1, 40))
def test_cut_at_a_word_fits_and_is_a_beginning(text: str, cells: int) -> None:
    out = cut_at_word(text, cells, "…")
    assert len(out) <= cells
    assert out == text or text.startswith(out.removesuffix("…"))


def test_cut_between_words_or_in_a_long_one() -> None:
    assert (
        cut_at_word("killed by the system (signal 9), likely", 34, "…") == "killed by the system (signal 9)…"
    )
    assert cut_at_word("killed by the system", 20, "…") == "killed by the system"
    assert cut_at_word("a_name_without_any_blank_in_it", 12, "…") == "a_name_with…"
    assert cut_at_word("a name_without_any_blank_in_it", 12, "~") == "a name_with~"


@given(words=st.lists(st.text("abc", min_size=1, max_size=9), max_size=20), most=st.integers(1, 4))
def test_wrapped_keeps_the_words_in_order(words: list[str], most: int) -> None:
    lines = wrapped(" ".join(words), 10, most, "…")
    assert 1 <= len(lines) <= most
    assert all(len(line) <= 10 for line in lines)
    shown = " ".join(lines)
    whole = " ".join(words)
    assert shown == whole or (shown.endswith("…") and whole.startswith(shown[:-1]))
