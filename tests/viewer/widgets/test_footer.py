from gan_tui.viewer.view_options import FooterKey
from gan_tui.viewer.widgets.footer import placed
from tests.viewer.fixtures import FOOTER, training, view
from tests.viewer.widgets.drawn import rows_of, text_of


def test_all_keys_where_they_fit() -> None:
    assert text_of("footer", training(), view()) == [
        " space pause  s save  c checkpoints  z new z  m raw G  f full pane  b to background  ? help  q quit"
    ]


def test_the_least_needed_are_dropped_and_words_get_shorter() -> None:
    said = " space pause  s save  c checkpoints  z new z  b background  ? help  q quit"
    assert text_of("footer", training(), view(), (80, 24)) == [said]
    said = " space pause  s save  c checkpoints  ? help  q quit"
    assert text_of("footer", training(), view(), (60, 50)) == [said]


def test_the_needed_ones_stay_however_narrow() -> None:
    for cells in range(10, 140):
        kept = {p.key.key for p in placed(FOOTER, cells)}
        assert {"space", "?", "q"} <= kept


def test_places_are_where_the_keys_are_drawn() -> None:
    (text,) = text_of("footer", training(), view())
    for x, cells, key, words in placed(FOOTER, 120):
        assert text[x : x + cells] == f"{key.key} {words}"


def test_players_keys_wear_their_colour() -> None:
    keys = (FooterKey("e", "one D step", player="D"), FooterKey("t", "one G step", player="G"))
    options = view(footer=keys)
    row = rows_of("footer", training(), options, (120, 40))[0]
    inks = {s.text: s.style for s in row}
    assert inks["e"] == options.look.style("D", "lift", bold=True)
    assert inks["t"] == options.look.style("G", "lift", bold=True)


def test_a_prompt_takes_the_row() -> None:
    said = text_of("footer", training(), view(prompt="name for step 1,230: abc▌"))
    assert said == [" name for step 1,230: abc▌"]
