"""Checkouts that speak one protocol must mean the same by it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from bench.against import survey
from bench.preparation import artifact
from bench.workers import remote, requests, target, warm_up
from bench.workers.protocol import PROTOCOL
from results.gpu_state import GpuState

if TYPE_CHECKING:
    from tests.conftest import Golden

MESSAGES = (
    remote.Reply,
    survey.Question,
    survey.Survey,
    survey.Found,
    survey.Prepare,
    artifact.Artifact,
    requests.Wake,
    requests.Load,
    target.Target,
    requests.Loaded,
    warm_up.WarmUp,
    requests.Time,
    requests.TimedBlock,
    GpuState,
    requests.Predict,
)


def test_messages_are_as_they_were_when_the_protocol_got_its_number(golden: Golden) -> None:
    """Rewrite the golden file only with a higher PROTOCOL, or older checkouts are misread."""
    lines = [f"protocol {PROTOCOL}"]
    for message in MESSAGES:
        lines += [f"{message.__module__}.{message.__name__}"]
        lines += [f"    {field.name}: {field.type}" for field in fields(message)]
    golden("protocol.txt", "\n".join(lines) + "\n")
