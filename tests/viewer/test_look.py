import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color

from gan_tui.viewer.glyphs import ASCII, GLYPHS, LINUX, RICH, writable
from gan_tui.viewer.look import Look
from gan_tui.viewer.themes import THEMES, palette
from tests.viewer.fixtures import LOOKS

TRUECOLOUR = {"COLORTERM": "truecolor", "TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (TRUECOLOUR, ("truecolor", "rich")),
        ({"COLORTERM": "24bit", "TERM": "xterm"}, ("truecolor", "rich")),
        ({"TERM": "xterm-256color"}, ("256", "rich")),
        ({"TERM": "tmux-256color"}, ("256", "rich")),
        ({"TERM": "xterm"}, ("16", "rich")),
        ({}, ("16", "rich")),
        ({"TERM": "linux"}, ("16", "linux")),
        (TRUECOLOUR | {"NO_COLOR": "1"}, ("none", "rich")),
        (TRUECOLOUR | {"NO_COLOR": ""}, ("truecolor", "rich")),
        ({"TERM": "linux", "NO_COLOR": "1"}, ("none", "linux")),
    ],
)
def test_detect(environ: dict[str, str], expected: tuple[str, str]) -> None:
    look = Look.detect(environ)
    assert (look.colours, look.marks) == expected


@pytest.mark.parametrize("encoding", ["ANSI_X3.4-1968", "ascii", "latin-1", "iso8859-15"])
def test_another_encoding_than_utf8_means_ascii(encoding: str) -> None:
    assert Look.detect(TRUECOLOUR, encoding=encoding).marks == "ascii"


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf8", "UTF_8"])
def test_utf8_means_rich(encoding: str) -> None:
    assert Look.detect(TRUECOLOUR, encoding=encoding).marks == "rich"
    assert Look.detect(TRUECOLOUR, force_ascii=True, encoding=encoding).marks == "ascii"


def test_an_unknown_remembered_theme_is_dark() -> None:
    assert Look.detect(TRUECOLOUR, theme="gone").theme == "dark"
    assert Look.detect(TRUECOLOUR, theme="light").theme == "light"
    with pytest.raises(KeyError):
        Look().with_theme("gone")


def test_styles_always_have_a_ground() -> None:
    for look in LOOKS.values():
        for token in ("text", "D", "G", "alarm", "rule"):
            assert look.style(token).bgcolor is not None


def test_themes_have_the_same_tokens() -> None:
    every = [*THEMES.values(), *(palette("dark", c) for c in ("256", "16", "none"))]
    assert {frozenset(theme.tokens) for theme in every} == {frozenset(THEMES["dark"].tokens)}
    assert {len(s) for theme in every for s in (theme.shades_g, theme.shades_real)} == {16}


def luminance(colour: str) -> float:
    parts = [c / 255 for c in Color.parse(colour).get_truecolor()]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", ["text", "dim", "D", "D2", "G", "real", "alarm"])
def test_text_can_be_read_on_its_ground(theme: str, token: str) -> None:
    tokens = THEMES[theme].tokens
    for ground in ("bg", "lift"):
        low, high = sorted((luminance(tokens[token]), luminance(tokens[ground])))
        assert (high + 0.05) / (low + 0.05) >= (4.5 if ground == "bg" else 4.0)


def test_figures_of_the_design() -> None:
    tokens = THEMES["dark"].tokens
    low, high = sorted((luminance(tokens["text"]), luminance(tokens["bg"])))
    assert (high + 0.05) / (low + 0.05) == pytest.approx(13.8, abs=0.05)


def test_sixteen_colours_use_the_terminals_own() -> None:
    look = LOOKS["16"]
    for token in palette("dark", "16").tokens:
        colour = look.style(token).color
        assert colour is not None
        assert colour.is_default or (colour.number is not None and colour.number < 16)


def test_256_colours_are_the_exact_numbers_of_the_design() -> None:
    look = LOOKS["256"]
    numbers = {t: look.style(t).color.number for t in ("text", "D", "G", "alarm", "dim")}  # type: ignore[union-attr]
    assert numbers == {"text": 253, "D": 214, "G": 74, "alarm": 203, "dim": 246}


def test_without_colours_meaning_is_in_the_attributes() -> None:
    look = LOOKS["mono"]
    assert look.style("bg", "alarm").reverse
    assert look.style("text", "select").reverse
    assert look.style("paper", "G").reverse
    assert look.style("alarm").bold
    assert look.style("rule").dim
    assert not look.style("text").dim
    assert not look.style("text").reverse
    assert {look.style(t).color.name for t in ("D", "G", "text")} == {"default"}  # type: ignore[union-attr]


def test_old_values_are_dim() -> None:
    faded = Look().fade()
    assert faded.style("G", bold=True) == faded.style("dim")
    assert faded.style("alarm") == Look().style("alarm")
    assert faded.style("bg", "alarm") == Look().style("bg", "alarm")


def test_g_is_tinted_and_real_digits_are_neutral() -> None:
    look = Look()
    assert look.shade(15, 0).color.name == "#c9ebfa"  # type: ignore[union-attr]
    assert look.shade(15, 0, real=True).color.name == "#f4f1e8"  # type: ignore[union-attr]
    assert look.shade(15, 0).bgcolor.name == "#05070a"  # type: ignore[union-attr]
    assert LOOKS["256"].shade(15, 0) == LOOKS["256"].shade(15, 0, real=True)


@pytest.mark.parametrize("glyphs", GLYPHS.values(), ids=str)
def test_marks_are_one_cell_wide(glyphs: object) -> None:
    for name, mark in vars(glyphs).items():
        if isinstance(mark, str) and name != "name":
            assert cell_len(mark) == len(mark), name


def test_ascii_marks_are_ascii() -> None:
    assert all(mark.isascii() for mark in vars(ASCII).values() if isinstance(mark, str))


def test_the_linux_console_gets_no_mark_that_its_fonts_lack() -> None:
    marks = "".join(mark for mark in vars(LINUX).values() if isinstance(mark, str))
    assert not set(marks) & set("▀▄▌▐▓○◆▁▂▃▅▆▇")
    assert LINUX.rule == RICH.rule


@given(st.text())
def test_text_from_outside_never_moves_a_column(text: str) -> None:
    for unicode in (True, False):
        out = writable(text, unicode)
        assert cell_len(out) == len(out)
        assert "\x1b" not in out
        assert "\n" not in out
    assert writable(text, False).isascii()


def test_arrows_and_letters_become_ascii() -> None:
    assert writable("G steps 1 → 2", False) == "G steps 1 > 2"
    assert writable("Zoë", False) == "Zoe"
    assert writable("日本\t!", True) == "?? !"
