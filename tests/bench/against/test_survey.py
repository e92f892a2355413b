from __future__ import annotations

import platform
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import scenarios
from bench.against import survey
from bench.against.survey import Prepare, Question, Survey
from bench.workers.remote import Reply
from tests.bench.fakes import Requests
from tests.bench.runs import TWO_ENGINES
from tests.bench.world import made_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.case import Case
    from bench.preparation.artifact import Artifact

IDS = [
    f"two-engines/simple_cnn+{variant}/{engine}-fp32/b1"
    for variant in ("dense", "half_width")
    for engine in ("eager", "onnxruntime")
]


def replies(*requests: object) -> list[Reply]:
    pipe: Any = Requests(*requests)
    with pytest.raises(EOFError):
        survey.serve(pipe)
    found: list[Reply] = pipe.replies
    return found


def answer(question: Question) -> Survey:
    (reply,) = replies(question)
    assert isinstance(reply.value, Survey)
    return reply.value


@pytest.fixture
def question(tmp_path: Path) -> Question:
    file = tmp_path / "two-engines.toml"
    file.write_text(TWO_ENGINES)
    return Question(scenarios=(str(file),), shipped=None, cases=(), engines=(), device="cpu")


def test_the_answer_names_every_case(question: Question) -> None:
    found = answer(question)
    assert list(found.cases) == IDS
    assert found.problems == {}


def test_cases_that_share_an_artifact_say_so(question: Question) -> None:
    shared = replace(question, cases=("*/onnxruntime-*", "*/eager-*"))
    found = answer(shared).cases
    assert found[IDS[0]].artifact != found[IDS[1]].artifact != found[IDS[3]].artifact


def test_libraries_and_python_have_their_versions(question: Question) -> None:
    found = answer(question).libraries
    assert found["python"] == platform.python_version()
    assert "torch" in found


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"cases": ("*/eager-*",)}, [IDS[0], IDS[2]]),
        ({"engines": ("onnxruntime",)}, [IDS[1], IDS[3]]),
        ({"engines": ("abacus",)}, []),
        ({"cases": ("nothing",)}, []),
    ],
)
def test_cases_are_selected_and_what_is_unknown_is_just_not_there(
    question: Question, change: dict[str, tuple[str, ...]], kept: list[str]
) -> None:
    found = answer(replace(question, **change))  # type: ignore[arg-type]
    assert (list(found.cases), found.problems) == (kept, {})


def test_a_scenario_that_is_unknown_or_broken_takes_no_other_with_it(
    question: Question, tmp_path: Path
) -> None:
    (tmp_path / "broken.toml").write_text('beads = "ten"')
    names = ("no-such-scenario", str(tmp_path / "broken.toml"), *question.scenarios)
    found = answer(replace(question, scenarios=names))
    assert list(found.cases) == IDS
    assert list(found.problems) == ["broken"]
    assert "beads" in found.problems["broken"]


def test_a_default_scenario_that_the_other_side_has_lost_counts(
    question: Question, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = {}
    for name, default in (("kept", "true"), ("lost", "true"), ("rare", "false")):
        shipped[name] = tmp_path / f"{name}.toml"
        shipped[name].write_text(f"default = {default}\n{TWO_ENGINES}")
    monkeypatch.setattr(scenarios, "shipped", lambda: shipped)
    found = answer(replace(question, scenarios=("kept",), shipped=("kept",)))
    assert {name.partition("/")[0] for name in found.cases} == {"kept", "lost"}


def test_a_case_is_prepared_by_its_id(
    question: Question, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(case: Case, report: Callable[[str, float], None]) -> Artifact:
        report("stringing beads", 0.5)
        return made_up(case, tmp_path)

    monkeypatch.setattr("bench.preparation.prepare.prepare", prepare)
    told, made = replies(Prepare(question=question, case=IDS[3]))
    assert told == Reply(progress=("stringing beads", 0.5))
    assert made.value.facts == {"variant": "simple_cnn+half_width"}


def test_an_unknown_request_is_refused(question: Question) -> None:
    refused, answered = replies("beads", question)
    assert refused == Reply(failed="unknown request str")
    assert isinstance(answered.value, Survey)
