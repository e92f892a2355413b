from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.against.comparison import Outcome
from bench.against.side import Here
from bench.against.text import closing, text
from results.judging.change import Change
from results.record import Record
from tests.results.made_up import case

if TYPE_CHECKING:
    from results.judging.change import Name
    from tests.conftest import Golden

BASE = Here(name="1b44aa2", title="main~1 (1b44aa2)", cases=())
HEAD = Here(name="0123456+", title="the working tree, 0123456 with uncommitted changes", cases=())


def change(
    verdict: Name, engine: str = "eager-fp32", metric: str = "latency", why: str = "p < 1e-06"
) -> Change:
    ratio = {"slower": 1.0512, "faster": 0.712, "larger": 1.25}.get(verdict, 1.0)
    wide = metric == "latency"
    return Change(
        case=case("dense", engine).id,
        metric=metric,
        ratio=None if metric == "status" else ratio,
        low=ratio * 0.99 if wide else None,
        high=ratio * 1.01 if wide else None,
        verdict=verdict,
        why=why,
    )


def test_people_see_the_worst_first_and_one_closing_sentence(golden: Golden) -> None:
    outcome = Outcome(
        changes=(
            change("same"),
            change("faster", "onnxruntime-fp32"),
            change("larger", "onnxruntime-fp32", "artifact_bytes", "4,096, then 5,120"),
            change("slower", "openvino-fp32"),
            change("missing", "openvino-int8", "status", "failed: out of beads"),
        ),
        unmeasured=(
            Record(
                case=case("dense", "tensorrt-fp32"),
                status="skipped",
                reason="tensorrt is not installed",
            ),
        ),
        libraries=("onnxruntime 1.22.0, then 1.23.0",),
    )
    golden("against.txt", text(BASE, HEAD, outcome, 120))


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        (["same", "faster", "new"], "Nothing got worse."),
        (["same", "slower"], "Worse: digits-cnn/simple_cnn+dense/e1/b1."),
        (["slower"] * 5, "Worse: {0}, {1}, {2} and 2 more."),
        (["inconclusive", "slower"], "Worse: {1}."),
        (["same", "inconclusive"], "Nothing is known to be worse, but of {1} it cannot be told"),
    ],
)
def test_the_closing_sentence_says_what_it_comes_to(verdicts: list[Name], sentence: str) -> None:
    changes = [change(verdict, f"e{number}-x") for number, verdict in enumerate(verdicts)]
    ids = [each.case for each in changes]
    expected = sentence.replace("/e1/", "/e1-x/").format(*ids)
    assert closing(changes).startswith(expected)
