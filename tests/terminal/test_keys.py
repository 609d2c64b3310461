"""Keys on the whole screen, pressed in a real terminal over a real training."""

import re
from pathlib import Path

import pytest
from PIL import Image

from tests.terminal.driver import Terminal, setting, step, training
from tests.terminal.house import House, wait_for

pytestmark = pytest.mark.timeout(150)
PANES = ("SAMPLES", "THE GAME", "STEER", "DIGITS SEEN", "LOSSES", "SPEED", "EVENTS")


def pause(viewer: Terminal) -> int:
    """Pause; returns the step that stands on the screen."""
    viewer.press("Space")
    return step(viewer.shows(" PAUSED ", "next iteration"))


def test_steps_samples_and_losses_move_while_it_trains(viewer: Terminal) -> None:
    before = viewer.text()
    viewer.until(lambda text: step(text) > step(before) + 2, "the step counter rises")

    def loss(text: str) -> set[str]:
        return set(re.findall(r"\b[RFG] (\d+\.\d+)", text))

    viewer.until(lambda text: loss(text) and loss(text) != loss(before), "the losses change")
    samples = [row[:74] for row in before.split("\n")[4:27]]
    viewer.until(lambda text: [row[:74] for row in text.split("\n")[4:27]] != samples, "the digits change")


def test_space_pauses_and_single_steps_go_one_by_one(viewer: Terminal, house: House) -> None:
    at = pause(viewer)
    run = wait_for(lambda: (run := house.run("steered"))["state"] == "paused" and run, "paused, from outside")
    assert run["step"] == at
    viewer.press("n")
    viewer.until(lambda text: step(text) == at + 1, "one step more")
    after = wait_for(
        lambda: (now := house.run("steered"))["step"] == at + 1 and now, "one step more, from outside"
    )
    assert (after["d_updates"] - run["d_updates"], after["g_updates"] - run["g_updates"]) == tuple(
        after["ratio"]
    )
    for key, counter in (("e", "d_updates"), ("t", "g_updates")):
        before = after
        viewer.press(key)
        after = wait_for(
            lambda was=before, name=counter: (now := house.run("steered"))[name] == was[name] + 1 and now,
            f"{key}: one of {counter} more",
        )
        other = {"d_updates": "g_updates", "g_updates": "d_updates"}[counter]
        assert after[other] == before[other]
    assert " PAUSED " in viewer.text()
    viewer.press("Space")
    viewer.until(lambda text: training(text) and step(text) > at + 3, "training again")


def test_single_steps_are_refused_while_it_trains(viewer: Terminal) -> None:
    viewer.press("n")
    viewer.shows("refused: pause first (space)")
    viewer.shows(" TRAINING ")
    pause(viewer)
    viewer.shows(
        "nothing moves", without=("refused: pause first",)
    )  # five seconds later, though nothing moves


@pytest.mark.parametrize("state", ["training", "paused"])
def test_letters_change_the_ratio(viewer: Terminal, house: House, state: str) -> None:
    if state == "paused":
        pause(viewer)
    d, g = (int(setting(viewer.text(), f"{player} steps")) for player in "DG")
    viewer.press("d")
    viewer.until(lambda text: setting(text, "D steps") == str(d + 1), "one D step more")
    viewer.shows(f"D steps {d} → {d + 1}")
    viewer.press("g")
    viewer.until(lambda text: setting(text, "G steps") == str(g + 1), "one G step more")
    wait_for(lambda: house.run("steered")["ratio"] == [d + 1, g + 1], "the new ratio, from outside")
    viewer.press("D")
    viewer.press("G")
    viewer.until(lambda text: setting(text, "D steps") == str(d), "one D step less")
    viewer.until(lambda text: setting(text, "G steps") == str(g), "one G step less")
    wait_for(lambda: house.run("steered")["ratio"] == [d, g], "the old ratio, from outside")


def test_both_players_cannot_rest(viewer: Terminal) -> None:
    viewer.until(lambda text: setting(text, "D steps") == setting(text, "G steps") == "1", "1:1")
    viewer.press("D")
    viewer.until(lambda text: setting(text, "D steps") == "0", "no D steps")
    viewer.press("G")
    viewer.shows("D steps and G steps cannot both be 0")
    assert setting(viewer.text(), "G steps") == "1"
    viewer.press("d")
    viewer.until(lambda text: setting(text, "D steps") == "1", "1:1 again")


def test_arrows_change_a_learning_rate(viewer: Terminal) -> None:
    def chosen(text: str) -> str:
        found = re.search(r"  ▌([DG] steps|[DG] lr|EMA|samples/s) ", text)
        return found[1] if found else ""

    while (row := chosen(viewer.text())) != "D lr":
        viewer.press("Down")
        viewer.until(lambda text, was=row: chosen(text) not in {"", was}, "another row")
    rate = float(setting(viewer.text(), "D lr"))
    viewer.press("Right")
    more = f"{rate * 1.25:.1e}".replace("e-0", "e-")
    viewer.until(lambda text: setting(text, "D lr") == more, f"{rate} times 1.25")
    viewer.press("Left")
    viewer.until(lambda text: float(setting(text, "D lr") or 0) == rate, "back")


def test_s_saves_a_checkpoint(viewer: Terminal, house: House) -> None:
    viewer.press("s")
    found = viewer.until(lambda text: re.search(r"you +saved (step-\d{6})\b(?!-)", text), "the event")
    name = re.search(r"you +saved (step-\d{6})\b(?!-)", found)
    assert name
    folder = house.folder("steered") / "checkpoints"
    assert (folder / f"{name[1]}.safetensors").stat().st_size > 1000
    assert (folder / "latest").is_file()
    assert not [path for path in folder.iterdir() if "tmp" in path.name], "a temporary file was left"


def test_capital_s_saves_with_a_name(viewer: Terminal, house: House) -> None:
    viewer.press("S")
    viewer.shows("name for step", "enter saves")
    viewer.type("fine ones")
    viewer.shows("fine ones")
    viewer.press("BSpace")
    viewer.press("Enter")
    folder = house.folder("steered") / "checkpoints"
    wait_for(lambda: list(folder.glob("step-??????-fine*one.safetensors")), "the named file")
    viewer.shows("-fine", without=("enter saves",))


def test_escape_leaves_save_as_without_saving(viewer: Terminal, house: House) -> None:
    folder = house.folder("steered") / "checkpoints"
    before = sorted(folder.iterdir())
    viewer.press("S")
    viewer.shows("enter saves")
    viewer.type("never")
    viewer.shows("never")
    viewer.press("Escape")
    viewer.shows("? help", without=("enter saves",))
    assert sorted(folder.iterdir()) == before


def test_m_shows_the_raw_generator_and_z_new_noise(viewer: Terminal) -> None:
    viewer.shows("EMA  ", "m raw G")
    viewer.press("m")
    viewer.shows("drawn by G  raw", "m EMA of G")
    viewer.press("m")
    viewer.shows("drawn by G  EMA", "m raw G")
    news = viewer.text().count("you   new z")
    viewer.press("z")
    viewer.until(lambda text: text.count("you   new z") > news, "the event")


def test_x_writes_a_png(viewer: Terminal, house: House) -> None:
    exports: Path = house.folder("steered") / "exports"
    viewer.press("x")
    [picture] = wait_for(lambda: exports.is_dir() and list(exports.glob("step-*.png")), "the picture")
    viewer.shows("samples written")
    with Image.open(picture) as image:
        assert image.width > 28 * 10
        assert len(set(image.convert("L").tobytes())) > 2
    picture.unlink()


def test_t_changes_the_theme_and_remembers_it(viewer: Terminal, house: House) -> None:
    def grounds() -> str:
        return "\n".join(viewer.text(colours=True).split("\n")[:1])

    before = grounds()
    viewer.press("T")
    wait_for(lambda: grounds() != before, "other colours")
    settings = house.root / "config" / "gan-tui" / "settings.toml"
    wait_for(lambda: 'theme = "light"' in settings.read_text(), "the theme is remembered")
    for _ in range(2):
        now = grounds()
        viewer.press("T")
        wait_for(lambda was=now: grounds() != was, "the next theme")
    wait_for(lambda: 'theme = "dark"' in settings.read_text(), "all three themes seen")


@pytest.mark.parametrize("number", range(1, 8))
def test_a_number_maximises_its_pane_and_brings_it_back(viewer: Terminal, number: int) -> None:
    title = f"{number} {PANES[number - 1]}"
    others = tuple(f" {n} {name} ─" for n, name in enumerate(PANES, 1) if n != number)
    viewer.press(str(number))
    seen = viewer.shows(f" {title} ─", without=others)
    assert seen.split("\n")[2].startswith(f" ── {title} ")
    assert "? help" in seen
    viewer.press(str(number))
    viewer.shows(f" {title} ", *others)


def test_escape_and_f_leave_and_take_the_whole_screen(viewer: Terminal) -> None:
    viewer.press("5")
    viewer.shows("5 LOSSES", without=("1 SAMPLES",))
    viewer.press("Escape")
    viewer.shows("1 SAMPLES", "5 LOSSES")
    viewer.press("f")
    viewer.shows("5 LOSSES", without=("1 SAMPLES",))
    viewer.press("f")
    viewer.shows("1 SAMPLES", "5 LOSSES")


def test_ways_and_sizes_of_drawing(viewer: Terminal) -> None:
    pause(viewer)
    first = viewer.text().split("\n")[3:27]
    for key in ("w", "w", "w", "w", "v"):
        before = viewer.text().split("\n")[3:27]
        viewer.press(key)
        viewer.until(lambda text, was=before: text.split("\n")[3:27] != was, f"{key} draws otherwise")
    viewer.press("w")
    for _ in range(8):
        if viewer.text().split("\n")[3:27] == first:
            break
        before = viewer.text().split("\n")[3:27]
        viewer.press("v")
        viewer.until(lambda text, was=before: text.split("\n")[3:27] != was, "v draws otherwise")
    assert viewer.text().split("\n")[3:27] == first, "the ways and sizes do not come round again"


def test_resizing_fast_and_often_ends_in_the_same_screen(viewer: Terminal) -> None:
    pause(viewer)

    def still(text: str) -> list[str]:
        """All but SPEED, whose figures sink to 0 while nothing trains."""
        rows = [row.ljust(120) for row in text.split("\n")]
        return [row[:77] if 28 <= y < 33 else row for y, row in enumerate(rows)]

    before = viewer.until(
        lambda text: re.search(r"steps/s\D+ 0 ", text) and still(text) == still(viewer.text()), "all is still"
    )
    for columns, rows in [(80, 24), (60, 50), (200, 60), (61, 21), (40, 12), (100, 30), (159, 49)] * 3:
        viewer.resize(columns, rows)
    viewer.resize(120, 40)
    viewer.until(lambda text: still(text) == still(before), "the screen of before, cell for cell")
    viewer.press("Space")
    viewer.until(training, "training again")
