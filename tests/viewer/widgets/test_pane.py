"""Panes in a running app: what is sent, and what the mouse does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from gan_tui.viewer.widgets.footer import Footer, placed
from gan_tui.viewer.widgets.pane import Pane, Same, changed_span
from gan_tui.viewer.widgets.steer import Steer
from tests.viewer import fixtures
from tests.viewer.fixtures import FOOTER, replace_telemetry, telemetry, training, view
from tests.viewer.host import Host

A, B = Style(color="red"), Style(color="blue")
CELLS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([A, B])), min_size=12, max_size=12)


def strip(cells: list[tuple[str, Style]], pieces: list[int]) -> Strip:
    """Cells as a strip, parted at random places."""
    out: list[Segment] = []
    for i, (char, style) in enumerate(cells):
        if out and out[-1].style == style and i not in pieces:
            out[-1] = Segment(out[-1].text + char, style)
        else:
            out.append(Segment(char, style))
    return Strip(out, len(cells))


@given(before=CELLS, after=CELLS, cuts=st.lists(st.integers(0, 12)))
def test_the_changed_span_is_exact(
    before: list[tuple[str, Style]], after: list[tuple[str, Style]], cuts: list[int]
) -> None:
    differing = [i for i in range(12) if before[i] != after[i]]
    expected = (differing[0], differing[-1] + 1) if differing else None
    assert changed_span(strip(before, cuts), strip(after, [])) == expected


def test_another_width_changes_all() -> None:
    assert changed_span(Strip([Segment("abc", A)]), Strip([Segment("ab", A)])) == (0, 3)


def test_same_is_identity_and_keeps_what_it_holds() -> None:
    one, other = [1], [1]
    assert Same(one) == Same(one)
    assert Same(one) != Same(other)
    assert Same(None) == Same(None)
    assert Same(one) != one


class Sent:
    """Regions that a pane asked to be drawn anew."""

    def __init__(self, pane: Pane, monkeypatch: pytest.MonkeyPatch) -> None:
        self.regions: list[Region] = []
        self.whole = 0
        original = pane.refresh

        def refresh(*regions: Region, **options: bool) -> object:
            self.regions += regions
            self.whole += not regions
            return original(*regions, **options)

        monkeypatch.setattr(pane, "refresh", refresh)

    def clear(self) -> None:
        self.regions, self.whole = [], 0


async def settled(app: Host, pilot: object) -> None:
    """All panes are placed and shown."""
    await pilot.pause()  # type: ignore[attr-defined]
    app.place()
    await pilot.pause()  # type: ignore[attr-defined]
    app.present()
    await pilot.pause()  # type: ignore[attr-defined]


async def test_only_rows_that_differ_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Host(training(), view())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        steer, header = app.query_one("#steer", Pane), app.query_one("#header", Pane)
        sent, top = Sent(steer, monkeypatch), Sent(header, monkeypatch)
        app.present(training(status=fixtures.status(d_steps=3)))
        await pilot.pause()
        # The title's note and the first row; the other five stay as they are.
        assert {r.y for r in sent.regions} == {0, 1}
        assert len(sent.regions) == 2
        assert all(r.height == 1 for r in sent.regions)
        assert sent.whole == 0
        (row,) = (r for r in sent.regions if r.y == 1)
        assert row.x == 17
        assert row.right == 23
        top.clear()
        app.present(replace(app.snapshot, telemetry=replace_telemetry(telemetry(), step=1224)))
        await pilot.pause()
        # One digit of the step.
        assert top.regions == [Region(23, 0, 1, 1)]


async def test_the_same_moment_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Host(training(), view())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        sent = [Sent(pane, monkeypatch) for pane in app.query(Pane) if pane.display]
        app.present()
        app.present(replace(app.snapshot, version=8))
        await pilot.pause()
        assert len(sent) == 10
        assert [(s.regions, s.whole) for s in sent] == [([], 0)] * len(sent)


async def test_what_changed_while_hidden_is_drawn_when_shown() -> None:
    app = Host(training(), view(maximised="losses"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        assert not app.query_one("#steer", Pane).display
        app.snapshot = training(status=fixtures.status(g_steps=7))
        app.view_options = view()
        await settled(app, pilot)
        steer = app.query_one("#steer", Pane)
        assert "G steps         7*" in steer.render_line(2).text


async def test_every_cell_of_the_screen_has_the_looks_ground() -> None:
    app = Host(training(), view("light"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        ground = app.view_options.look.style().bgcolor
        for pane in app.query(Pane):
            if pane.display:
                for y in range(pane.size.height):
                    line = pane.render_line(y)
                    assert line.cell_length == pane.size.width
                    assert all(s.style is not None and s.style.bgcolor is not None for s in line)
        assert app.query_one("#game", Pane).render_line(1)._segments[0].style.bgcolor == ground  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 60), (60, 50), (60, 20)])
async def test_resizing_leaves_nothing_behind(size: tuple[int, int]) -> None:
    app = Host(training(), view())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        await pilot.resize_terminal(*size)
        await settled(app, pilot)
        fresh = Host(training(), view())
        async with fresh.run_test(size=size) as other:
            await settled(fresh, other)
            expected = {
                p.id: [p.render_line(y).text for y in range(p.size.height)]
                for p in fresh.query(Pane)
                if p.display
            }
        shown = {
            p.id: [p.render_line(y).text for y in range(p.size.height)] for p in app.query(Pane) if p.display
        }
        assert shown == expected


async def test_a_click_on_a_title() -> None:
    app = Host(training(), view())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        await pilot.click("#losses", offset=(5, 0))
        await pilot.click("#losses", offset=(5, 3))
        await pilot.click("#health", offset=(5, 0))
        assert [m.pane for m in app.posted if isinstance(m, Pane.TitleClicked)] == ["losses"]


async def test_the_mouse_on_steer() -> None:
    app = Host(training(), view())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        await pilot.click("#steer", offset=(3, 3))
        await pilot.click("#steer", offset=(24, 1))
        rows = [m.index for m in app.posted if isinstance(m, Steer.RowChosen)]
        values = [(m.index, m.value) for m in app.posted if isinstance(m, Steer.ValueSet)]
        assert rows == [2, 0]
        assert values == [(0, 5.0)]  # the fifth pip


async def test_the_wheel_changes_the_row_under_it() -> None:
    from textual.events import MouseScrollDown, MouseScrollUp

    app = Host(training(), view())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        steer = app.query_one(Steer)
        place = {"widget": steer, "x": 3, "y": 4, "delta_x": 0, "delta_y": 0, "button": 0}
        flags = {"shift": False, "meta": False, "ctrl": False}
        steer.on_mouse_scroll_up(MouseScrollUp(**place, **flags))
        steer.on_mouse_scroll_down(MouseScrollDown(**place, **flags))
        await pilot.pause()
        turned = [(m.index, m.direction) for m in app.posted if isinstance(m, Steer.Wheel)]
        assert turned == [(3, 1), (3, -1)]


async def test_nothing_is_steered_without_a_trainer() -> None:
    app = Host(fixtures.died(), view())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        await pilot.click("#steer", offset=(24, 1))
        assert not [m for m in app.posted if isinstance(m, Steer.RowChosen | Steer.ValueSet)]


async def test_a_click_on_the_footer_presses_the_key() -> None:
    app = Host(training(), view())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        for place in placed(FOOTER, 120):
            await pilot.click("#footer", offset=(place.x, 0))
        pressed = [m.key for m in app.posted if isinstance(m, Footer.KeyPressed)]
        assert pressed == list(FOOTER)
        footer = app.query_one(Footer)
        assert footer.key_at(0) is None
        assert footer.key_at(119) is None


async def test_old_numbers_are_dim_while_nothing_is_heard() -> None:
    app = Host(fixtures.detached(), view())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        dim = app.view_options.look.style("dim")
        line = app.query_one("#steer", Pane).render_line(1)
        assert {s.style for s in line if s.text.strip() and "·" not in s.text} == {dim}
        health = app.query_one("#health", Pane).render_line(0)
        assert app.view_options.look.style("text") in {s.style for s in health}
