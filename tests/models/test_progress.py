"""Progress: bars on a terminal, lines in a log, and the time to go."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from models import progress
from models.progress import Bars, Lines, Overall, duration
from tests.models.made import Clock


def test_a_log_has_a_line_for_each_beginning_and_then_one_now_and_then(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    lines = Lines(clock)
    for now_s, label, share in [(0, "a", 0.0), (1, "a", 0.1), (2, "b", 0.2), (33, "b", 0.3)]:
        clock.now_s = now_s
        lines.show(label, share, ("1 of 2", 0.5))
    lines.show("c", 1.0)
    lines.close()
    assert capsys.readouterr().err.splitlines() == [
        "  0%  a (1 of 2)",
        " 20%  b (1 of 2)",
        " 30%  b (1 of 2)",
        "100%  c",
    ]


def test_a_terminal_has_bars_that_are_gone_when_closed() -> None:
    screen = io.StringIO()
    clock = Clock()
    bars = Bars(Console(file=screen, force_terminal=True, width=80), clock)
    bars.show("training [net]", 0.25, ("1 of 3, about 40 s to go", 0.1))
    bars.show("never drawn, as nothing could be seen", 0.5)
    bars.close()
    drawn = screen.getvalue()
    assert "training [net]" in drawn
    assert "1 of 3, about 40 s to go" in drawn
    assert " 25%" in drawn
    assert " 10%" in drawn
    assert "never drawn" not in drawn
    assert drawn.endswith("\x1b[2K")


def test_where_there_is_no_terminal_there_are_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert isinstance(progress.display(), Lines)


def test_the_rest_takes_as_long_as_its_work_at_the_pace_so_far() -> None:
    clock = Clock()
    overall = Overall({"a": 1.0, "b": 3.0}, clock)
    assert overall.to_go_s() is None
    overall.told("a", 0.0)
    clock.now_s = 10.0
    overall.told("a", 1.0)
    assert overall.share == pytest.approx(0.25)
    assert overall.to_go_s() == pytest.approx(30.0)
    overall.told("b", 0.0)
    clock.now_s = 50.0  # slower than thought
    overall.told("b", 0.5)
    assert overall.share == pytest.approx(0.625)
    assert overall.to_go_s() == pytest.approx(1.5 * 50 / 2.5)


def test_what_an_earlier_run_did_says_nothing_about_the_pace() -> None:
    clock = Clock()
    overall = Overall({"a": 10.0}, clock)
    overall.told("a", 0.8)
    assert overall.share == pytest.approx(0.8)
    assert overall.to_go_s() is None
    clock.now_s = 5.0
    overall.told("a", 0.9)
    assert overall.to_go_s() == pytest.approx(5.0)


def test_nothing_to_do_is_all_done() -> None:
    assert Overall({}).share == 1.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (119, "119 s"), (120, "2 min"), (7100, "118 min"), (9000, "2 h 30 min")],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text
