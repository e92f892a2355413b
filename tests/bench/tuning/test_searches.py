"""Tuning scenarios in `pytest bench/`: which are run, what is kept, and what is shown."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

import scenarios
from bench import options
from bench.tuning import searches as tuning
from models.tuning import scenario
from models.tuning import searching as model_searching
from results import store
from tests.bench.runs import printed

if TYPE_CHECKING:
    from pathlib import Path

    from models.tuning.scenario import Tuning
    from models.tuning.searching import Search
    from tests.bench.runs import BenchRun

pytest_plugins = ["pytester"]

TINY = """
summary = "tiny"
problem = "random_forest"
dataset = "digits"
samples = 200
seeds = [0, 1]
searchers = ["grid", "tpe"]
[budget]
fits = 6
[space]
n_estimators = [1, 2]
max_depth = [1, 4]
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    file = tmp_path / "tiny.toml"
    file.write_text(TINY)
    return file


def searching(bench_run: BenchRun, *arguments: str) -> pytest.RunResult:
    """Run these scenarios alone."""
    where = [word for word in bench_run.where if not word.startswith("--device")]
    return bench_run.pytester.runpytest_inprocess(*where, *arguments, no_reraise_ctrlc=True)


def test_each_searcher_is_a_test_and_the_run_keeps_and_shows_its_table(
    bench_run: BenchRun, tiny: Path
) -> None:
    result = searching(bench_run, "--scenario", str(tiny), "--benchmark-autosave")
    result.assert_outcomes(passed=2)
    entered = {one["params"]["search"]: one for one in bench_run.document()["benchmarks"]}
    fits = {name: len(one["stats"]["data"]) for name, one in entered.items()}
    assert fits == {"tiny/grid": 2 * 4 * 3, "tiny/tpe": 2 * 6}
    found = entered["tiny/tpe"]["extra_info"]["tuning"]
    assert (found["scenario"], found["searcher"], found["trials"]) == ("tiny", "tpe", 4)
    assert [one["seed"] for one in found["outcomes"]] == [0, 1]
    assert found["outcomes"][0]["points"][-1]["score"] > 0.3
    table = printed("table", str(bench_run.saved)).splitlines()
    for line in table[table.index("tiny: tuning") :]:
        assert line in result.outlines
    assert [line.split()[:3] for line in table if line.split()[:1] in (["grid"], ["tpe"])] == [
        ["grid", "2", "12"],
        ["tpe", "2", "6"],
    ]
    saved = str(bench_run.saved)
    assert re.search(r"\|\s+grid \|\s+2 \|", printed("table", saved, "--format", "markdown"))
    (line,) = [line for line in table if "searchers of tiny" in line]
    assert line == "2 searchers of tiny"
    rows = json.loads(printed("table", saved, "--format", "json"))["tuning"]["tiny"]["searchers"]
    assert [(row["searcher"], row["seeds"], row["fits"]) for row in rows] == [
        ("grid", 2, 12.0),
        ("tpe", 2, 6.0),
    ]
    assert printed("table", saved, "--format", "csv").startswith("scenario,searcher,seeds,")


def test_progress_is_seen_without_a_terminal(bench_run: BenchRun, tiny: Path) -> None:
    result = searching(bench_run, "--scenario", str(tiny), "-k", "grid", "-s")
    result.stderr.fnmatch_lines(["*tiny: grid, seed 1 (3 fits in * s, best 0.*; search 2 of 2)"])


def test_cases_and_searches_stand_in_one_run(bench_run: BenchRun, tiny: Path) -> None:
    result = bench_run("--scenario", str(tiny), "--benchmark-autosave")
    result.assert_outcomes(passed=6)
    assert len(bench_run.cases()) == 4
    assert "tiny" in json.loads(bench_run.saved.read_text())["speedproof"]["tuning"]


@pytest.mark.parametrize(
    "given", ["--case=*", "--engine=nosuch", "--device=cpu", "--replicates=3", "--budget-s=1"]
)
def test_what_limits_cases_is_refused_where_there_are_none(
    bench_run: BenchRun, tiny: Path, given: str
) -> None:
    result = searching(bench_run, "--scenario", str(tiny), given)
    result.stdout.fnmatch_lines(
        [f"*{given.partition('=')[0]}: is for cases *-k chooses searchers*"]
    )
    assert "Traceback" not in result.stdout.str()
    result.assert_outcomes(errors=1)


def test_a_wrong_scenario_ends_the_collection(bench_run: BenchRun, tiny: Path) -> None:
    tiny.write_text(TINY.replace('"tpe"', '"tpes"'))
    result = searching(bench_run, "--scenario", str(tiny))
    result.stdout.fnmatch_lines(["*tiny.toml: searchers: unknown searcher 'tpes'*'tpe'*"])
    assert "Traceback" not in result.stdout.str()


def test_two_tuning_scenarios_of_one_name_end_the_collection(
    bench_run: BenchRun, tiny: Path
) -> None:
    other = tiny.parent / "other" / tiny.name
    other.parent.mkdir()
    other.write_text(TINY)
    result = searching(bench_run, "--scenario", str(tiny), "--scenario", str(other))
    result.stdout.fnmatch_lines(["*--scenario: * are both named 'tiny'; rename one*"])
    assert "Traceback" not in result.stdout.str()


def test_a_search_that_ctrl_c_stopped_is_noted(
    bench_run: BenchRun, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = model_searching.run

    def interrupted(scenario: Tuning, one: Search, *rest: Any) -> None:  # noqa: ANN401 - passed on
        if one.searcher == "tpe":
            raise KeyboardInterrupt
        run(scenario, one, *rest)

    monkeypatch.setattr(model_searching, "run", interrupted)
    searching(bench_run, "--scenario", str(tiny), "--benchmark-autosave")
    stored = store.load(bench_run.saved)
    (stopped,) = [note for note in stored.notes if "interrupted" in note]
    assert stopped == "tiny: interrupted: its search tpe was not finished"
    assert stopped in stored.only(["tiny"]).notes
    assert stopped not in stored.only(["another"]).notes


def test_a_tuning_scenario_by_its_name_and_its_path_is_one(bench_run: BenchRun) -> None:
    path = str(scenario.shipped()["digits-forest"])
    result = searching(
        bench_run, "--scenario", path, "--scenario", "digits-forest", "--collect-only", "-q"
    )
    found = [line for line in result.outlines if "::test_tuning[" in line]
    assert len(found) == len(scenario.read("digits-forest").searchers)


def test_a_budget_that_judges_nothing_fails(bench_run: BenchRun, tiny: Path) -> None:
    tiny.write_text(TINY.replace("fits = 6", "fits = 2").replace('"grid", ', ""))
    result = searching(bench_run, "--scenario", str(tiny), "--benchmark-autosave")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the budget ended before any configuration was judged*"])


@pytest.mark.parametrize(
    ("arguments", "searched"),
    [
        ((), ("digits-forest-small",)),
        (("--case=*/b1",), ()),
        (("--engine=eager",), ()),
        (("--scenario=smoke",), ()),
        (("--scenario=smoke", "--scenario=digits-forest"), ("digits-forest",)),
        (("--scenario=digits-forest", "--engine=eager"), ("digits-forest",)),
        (("--scenario=full", "--case=*/b1"), ()),
    ],
)
def test_searches_run_by_default_or_when_they_are_named(
    pytester: pytest.Pytester, arguments: tuple[str, ...], searched: tuple[str, ...]
) -> None:
    config = pytester.parseconfig("-p", "bench.plugin", *arguments)
    assert options.read(config).tuning == searched


def test_a_bundle_brings_its_searches(pytester: pytest.Pytester, tiny: Path) -> None:
    bundle = tiny.with_name("both.toml")
    bundle.write_text(
        'summary = "both"\nscenarios = ["plain"]\ntuning = ["tiny", "digits-forest"]\n'
    )
    config = pytester.parseconfig("-p", "bench.plugin", "--scenario", str(bundle))
    found = options.read(config)
    assert found.tuning == (str(tiny), "digits-forest")
    assert found.scenarios == (str(bundle),)
    assert not found.only_tuning


def test_full_collects_its_searches(pytester: pytest.Pytester) -> None:
    """The defect that nobody saw: nothing reached the longer searches."""
    config = pytester.parseconfig("-p", "bench.plugin", "--scenario=full")
    collected = tuning.searches(options.read(config).tuning)
    assert {"digits-short/tpe_hyperband", "fashion-forest/halving"} <= collected.keys()


def test_a_bundle_of_an_unknown_search_ends_the_collection(bench_run: BenchRun, tiny: Path) -> None:
    bundle = tiny.with_name("both.toml")
    bundle.write_text('summary = "both"\nscenarios = ["tiny"]\ntuning = ["tinny"]\n')
    result = searching(bench_run, "--scenario", str(bundle))
    result.stdout.fnmatch_lines(["*both.toml: top level: tuning: 'tinny' is not allowed*'tiny'*"])
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def test_a_mark_of_utf_8_hides_no_tuning_scenario(tiny: Path) -> None:
    tiny.write_text(TINY.lstrip(), encoding="utf-8-sig")
    assert tuning.split([str(tiny)]) == ([str(tiny)], [])


def test_a_name_means_one_scenario() -> None:
    assert not scenarios.shipped().keys() & scenario.shipped().keys()


def test_a_file_is_a_tuning_scenario_by_what_it_has(tiny: Path, bench_run: BenchRun) -> None:
    names = ["smoke", str(tiny), "digits-forest", str(bench_run.scenario), "none.toml"]
    assert tuning.split(names) == (
        [str(tiny), "digits-forest"],
        ["smoke", str(bench_run.scenario), "none.toml"],
    )


@pytest.mark.parametrize(
    ("without", "said"),
    [(r"\[space\](.|\n)*", "space: it is empty"), ("problem = .*", "problem: must be a text")],
    ids=["space", "problem"],
)
def test_a_tuning_scenario_that_lacks_something_is_told_as_one(
    bench_run: BenchRun, tiny: Path, without: str, said: str
) -> None:
    tiny.write_text(re.sub(without, "", TINY))
    result = searching(bench_run, "--scenario", str(tiny))
    result.stdout.fnmatch_lines([f"*tiny.toml: {said}*"])
