from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bench.case import Case
from bench.engines import onnxruntime
from bench.preparation import preparing
from bench.preparation.preparing import Prepared
from bench.workers.remote import Failed, Reply, Skipped
from bench.workers.session import Unavailable
from models.errors import ImpossibleError
from tests.bench.gpu_part import run
from tests.bench.runs import planned
from tests.bench.world import Ready, made_up

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.preparation.artifact import Artifact
    from tests.bench.world import World


CODE = """
import os
import sys
import torch
from bench.preparation import preparing

asked = []
torch.cuda._is_compiled = lambda: True
torch._C._cuda_getCurrentRawStream = None
torch._C._cuda_getDeviceCount = lambda: asked.append("the driver") or 1
preparing.preload()
torch.cuda._is_compiled = lambda: False
from models.counting import count_for

before = set(sys.modules)
convolution, images = torch.nn.Conv2d(1, 2, 3), (torch.zeros(1, 1, 8, 8),)
count_for(convolution, images)
torch.export.export(convolution, images)
late = [name for name in set(sys.modules) - before if name.startswith("torch.")]
sys.stdout.write(f"{late} {torch.cuda.is_initialized()} {asked}")
sys.stdout.write(" " + os.environ["CUDA_VISIBLE_DEVICES"])
"""


def test_what_counting_and_exporting_import_is_there_before_a_process_is_forked() -> None:
    """Nor is the driver asked, which torch does where it is shown a part of a GPU."""
    done = run(CODE)
    assert (done.stdout, done.returncode) == ("[] False [] MIG-1", 0), done.stderr


class Pipe:
    """The worker's end of a pipe whose other end sends these cases and hangs up."""

    def __init__(self, *cases: Case) -> None:
        self._cases = list(cases)
        self.replies: list[Reply] = []

    def recv(self) -> Case:
        if not self._cases:
            raise EOFError
        return self._cases.pop(0)

    def send(self, reply: Reply) -> None:
        self.replies.append(reply)


def replies(
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Case, Callable[[str, float], None]], Artifact],
    *cases: Case,
) -> list[Reply]:
    monkeypatch.setattr("bench.preparation.prepare.prepare", prepare)
    pipe: Any = Pipe(*cases)
    with pytest.raises(EOFError):
        preparing.serve(pipe)
    found: list[Reply] = pipe.replies
    return found


def test_a_worker_tells_its_progress_and_then_the_artifact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = planned(tmp_path)[0]

    def prepare(case: Case, report: Callable[[str, float], None]) -> Artifact:
        report("stringing beads", 0.5)
        return made_up(case, tmp_path)

    assert replies(monkeypatch, prepare, case) == [
        Reply(progress=("stringing beads", 0.5)),
        Reply(value=made_up(case, tmp_path)),
    ]


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (Unavailable("no beads here"), Reply(skipped="no beads here")),
        (ImpossibleError("no hole to string"), Reply(skipped="no hole to string")),
        (ValueError("beads.toml: no such bead"), Reply(failed="beads.toml: no such bead")),
        (RuntimeError("fell\n off"), Reply(failed="RuntimeError: fell off")),
        (MemoryError(), Reply(failed="MemoryError: no message")),
    ],
)
def test_what_goes_wrong_is_the_reply_and_the_worker_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reply: Reply
) -> None:
    def prepare(_case: Case, _report: Callable[[str, float], None]) -> Artifact:
        raise error

    case = planned(tmp_path)[0]
    assert replies(monkeypatch, prepare, case, case) == [reply, reply]


def prepare_all(
    world: World, cases: list[Case]
) -> tuple[dict[str, Prepared], list[tuple[str, float]]]:
    reports: list[tuple[str, float]] = []
    found = preparing.prepare_all(cases, world.machine(), lambda *report: reports.append(report))
    return found, reports


def test_cases_whose_artifact_is_the_same_share_it(world: World, tmp_path: Path) -> None:
    cases = planned(tmp_path)
    more = [
        *cases,
        *(replace(case, batch_size=32) for case in cases),
        replace(cases[0], engine="torch_compile", precision="bf16"),
        replace(cases[1], engine="openvino"),
    ]
    found, reports = prepare_all(world, more)
    assert len(found) == len(more)
    assert len(world.asked) - sum(isinstance(r, Ready) for _, r in world.asked) == 4
    assert reports[:3] == [("1 of 4", 0.0), ("1 of 4, making it up", 0.0), ("2 of 4", 0.25)]
    assert len(reports) == 8
    assert found[more[0].id] is found[more[8].id]
    assert world.live == []


def test_int8_is_another_artifact_than_what_it_was_made_of(world: World, tmp_path: Path) -> None:
    onnx = planned(tmp_path)[1]
    cases = [onnx, replace(onnx, precision="int8"), replace(onnx, engine="openvino")]
    prepare_all(world, cases)
    assert sum(isinstance(request, Case) for _, request in world.asked) == 2


def test_int8_of_engines_that_quantise_otherwise_are_two_artifacts(tmp_path: Path) -> None:
    onnx = planned(tmp_path)[1]
    quantised = [replace(onnx, precision=precision) for precision in ("int8", "int8_dynamic")]
    elsewhere = replace(onnx, engine="openvino", precision="int8")
    assert len({preparing.artifact_of(case) for case in [onnx, *quantised, elsewhere]}) == 4


def test_what_is_compiled_ahead_is_an_artifact_for_each_precision_and_batch_size(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnx = planned(tmp_path)[1]
    monkeypatch.setattr(onnxruntime, "build", lambda artifact, *_: artifact, raising=False)
    cases = [
        onnx,
        replace(onnx, batch_size=32),
        replace(onnx, precision="int8"),
        replace(onnx, engine="openvino"),
    ]
    prepare_all(world, cases)
    assert sum(isinstance(request, Case) for _, request in world.asked) == 4


def test_what_is_only_built_here_has_its_artifact_and_says_why_no_more(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnxruntime, "ONLY_BUILT", {"cpu": "no beads"}, raising=False)
    world.breaks("*half_width/onnx*", Failed("no weights"), on=Case)
    found, _ = prepare_all(world, planned(tmp_path))
    dense_eager, dense_onnx, _, half_onnx = found.values()
    assert (dense_eager.status, dense_onnx.status) == ("measured", "built")
    assert dense_onnx.artifact is not None
    assert dense_onnx.reason == "no beads"
    assert half_onnx == Prepared(status="failed", reason="no weights")


def test_what_cannot_be_prepared_says_why(world: World, tmp_path: Path) -> None:
    world.breaks("*half_width/eager*", Failed("no weights"), on=Case)
    world.breaks("*half_width/onnx*", Skipped("no data"), on=Case)
    found, _ = prepare_all(world, planned(tmp_path))
    dense_eager, dense_onnx, half_eager, half_onnx = found.values()
    assert half_eager == Prepared(status="failed", reason="no weights")
    assert half_onnx == Prepared(status="skipped", reason="no data")
    assert dense_eager.artifact is not None
    assert dense_onnx.reason is None
    assert world.live == []


def test_ctrl_c_ends_the_worker(world: World, tmp_path: Path) -> None:
    world.breaks("*half_width/eager*", KeyboardInterrupt(), on=Case)
    with pytest.raises(KeyboardInterrupt):
        prepare_all(world, planned(tmp_path))
    assert world.live == []
