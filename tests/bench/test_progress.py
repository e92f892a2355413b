from __future__ import annotations

import errno
import io

import pytest
from rich.console import Console

from bench import progress
from bench.progress import LINE_EVERY_S, Bar, Lines, TimeToGo
from tests.bench.fakes import FakeClock


def test_a_log_gets_a_line_now_and_then() -> None:
    clock, stream = FakeClock(), io.StringIO()
    lines = Lines(stream, clock)
    for second in range(25):
        lines.show(second / 25, f"second {second}")
        clock.advance(1.0)
    lines.close()
    assert LINE_EVERY_S == 10.0
    assert stream.getvalue() == "  0%  second 0\n 40%  second 10\n 80%  second 20\n"


def test_a_terminal_gets_a_bar_that_leaves_nothing_behind() -> None:
    stream = io.StringIO()
    bar = Bar(Console(file=stream, force_terminal=True, width=100))
    bar.show(0.5, "measuring dense")
    assert "50%" in stream.getvalue()
    assert "measuring dense" in stream.getvalue()
    bar.close()
    assert stream.getvalue().rstrip().endswith("\x1b[2K")  # erases its line
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h")  # cursor
    bar.show(0.75, "again")
    assert "75%" in stream.getvalue()
    bar.close()


class Gone(io.StringIO):
    """A stream whose other end is closed, from its second text on."""

    def write(self, text: str) -> int:
        if self.getvalue():
            raise OSError(errno.EIO, "Input/output error")
        return super().write(text)


def test_a_log_or_a_terminal_that_is_gone_ends_nothing() -> None:
    clock = FakeClock()
    for sink in (Lines(Gone(), clock), Bar(Console(file=Gone(), force_terminal=True))):
        for share in (0.0, 0.5, 1.0):
            clock.advance(LINE_EVERY_S)
            sink.show(share, "measuring")
        sink.close()


def test_square_brackets_in_a_case_id_are_shown_as_they_are() -> None:
    stream = io.StringIO()
    bar = Bar(Console(file=stream, force_terminal=True, width=100))
    bar.show(0.5, "measuring a[b]c[/d]")
    bar.close()
    assert "a[b]c[/d]" in stream.getvalue()


def test_what_is_no_terminal_gets_lines() -> None:
    assert isinstance(progress.sink(io.StringIO()), Lines)


def test_the_time_to_go_follows_the_pace() -> None:
    clock = FakeClock()
    left = TimeToGo(1000, clock)
    assert left.share == 0.0
    assert left.text() == "about 11 min 40 s to go"  # as usual
    clock.advance(40.0)  # every engine starts before the first step
    left.step()
    assert left.text() == "about 36 min 49 s to go"
    for _ in range(399):
        clock.advance(0.5)
        left.step()
    assert left.share == 0.4
    assert left.text() == "about 6 min 3 s to go"  # at 0.5 s a step: 5 min


def test_more_steps_than_planned_keep_the_share_at_the_end() -> None:
    clock = FakeClock()
    left = TimeToGo(2, clock)
    for _ in range(5):
        clock.advance(1.0)
        left.step()
    assert left.share == 1.0
    assert left.text() == "about 0 s to go"


def test_nothing_to_do_is_done() -> None:
    assert TimeToGo(0, FakeClock()).share == 1.0


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (0.2, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (150.0, "2 min 30 s"),
        (7200, "120 min 0 s"),
    ],
)
def test_durations_are_for_people(duration_s: float, text: str) -> None:
    assert progress.minutes(duration_s) == text


@pytest.mark.parametrize("width", [60, 100])
def test_a_narrow_terminal_cuts_the_case_and_neither_share_nor_time(width: int) -> None:
    stream = io.StringIO()
    bar = Bar(Console(file=stream, force_terminal=True, width=width, color_system=None))
    bar.show(0.42, f"about 2 min 30 s to go: measuring {'digits-cnn/' * 20}")
    bar.close()
    assert "42% about 2 min 30 s to go: measuring digits-cnn/" in stream.getvalue()
