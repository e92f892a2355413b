"""Searches as they are stored, in the forms that runs have had."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from results.searches import Searches, read

FOUND = Searches(
    of="cell",
    headers=("cell", "p50"),
    cells=(("dense", "1 ms"),),
    rows=({"cell": "dense", "p50_s": 1e-3}, {"cell": "half_width", "p50_s": None}),
    notes=("two cells",),
    facts={"cells": 2},
    importance={"width": 0.5},
)


def test_what_was_stored_is_read_again() -> None:
    assert read(asdict(FOUND)) == FOUND


def test_runs_of_before_there_were_other_searches_are_of_searchers() -> None:
    assert read({"rows": [{"searcher": "tpe"}]}).of == "searcher"
    assert read("searcher\n--------\ntpe").text == "searcher\n--------\ntpe"


def test_anything_else_was_never_stored() -> None:
    with pytest.raises(TypeError, match="tuning: expected an object with named values, found 3"):
        read(3)


def test_rows_are_counted_where_they_are_known() -> None:
    assert FOUND.count == "2 cells"
    assert read({"rows": [{"searcher": "tpe"}]}).count == "1 searcher"
    assert read("a table").count == "searches"
