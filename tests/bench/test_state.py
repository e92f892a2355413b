from __future__ import annotations

import pytest

from bench.state import State


@pytest.mark.parametrize(
    ("stored", "notes"),
    [
        (None, []),
        ({"used_bytes": 600_000_000, "share": 0.0}, []),
        (
            {"used_bytes": 60_000_000_000, "share": 0.0},
            ["the GPU was in use before the run began: 0% of the time, 60.0 GB"],
        ),
        (
            {"used_bytes": None, "share": 0.97},
            ["the GPU was in use before the run began: 97% of the time, an unknown amount"],
        ),
    ],
)
def test_others_on_the_gpu_are_noted(stored: dict[str, float] | None, notes: list[str]) -> None:
    assert list(State(environment={"gpu_in_use": stored})._place()) == notes


def test_a_run_that_took_the_cpu_for_want_of_its_gpu_says_so() -> None:
    (note,) = State(why_cpu="Driver not loaded")._place()
    assert note == (
        "measured on the CPU, as the GPU cannot be used: Driver not loaded; "
        "python -m bench doctor says more"
    )


@pytest.mark.parametrize(
    ("load", "notes"),
    [
        (0.99, []),
        (1.5, ["the machine was busy before the run began: load 1.5 on 2 cores"]),
    ],
)
def test_a_busy_machine_is_noted(load: float, notes: list[str]) -> None:
    assert list(State(environment={"load": load, "cores": 2})._place()) == notes
