from __future__ import annotations

import pytest

from bench.tensorrt import library, validity
from bench.workers.session import EngineError, Unavailable
from tests.bench.fake_tensorrt import fake


def check(version: str, bits: int | None, logged: str | None = None) -> None:
    trt, script = fake(version)
    script.invalid, script.invalid_because = bits, logged
    validity.check(trt, library.made(trt, "Runtime"), b"plan", "Abacus 9000")


def bit(said: str) -> int:
    return int(fake("rtx 1.7.1")[0].EngineInvalidityDiagnostics[said])


@pytest.mark.parametrize("said", ["UNSUPPORTED_CC", "OLD_CUDA_DRIVER", "OLD_CUDA_RUNTIME"])
def test_a_machine_that_the_plan_is_not_for_is_a_skip(said: str) -> None:
    with pytest.raises(Unavailable, match=f"cannot run this plan on Abacus 9000: {said}$"):
        check("rtx 1.7.1", bit(said))


@pytest.mark.parametrize(
    ("bits", "logged", "said"),
    [
        (0, "Error reading CUDA GPU properties", "Error reading CUDA GPU properties"),
        (bit("UNSUPPORTED_CC") | bit("CUDA_ERROR"), None, "UNSUPPORTED_CC, CUDA_ERROR"),
        (bit("MALFORMED_ENGINE"), None, "MALFORMED_ENGINE"),
        (0, None, "it gave no reason"),
    ],
)
def test_a_plan_that_is_invalid_for_another_reason_is_an_error(
    bits: int, logged: str | None, said: str
) -> None:
    with pytest.raises(EngineError, match=f"cannot run this plan on Abacus 9000: {said}$"):
        check("rtx 1.7.1", bits, logged)


@pytest.mark.parametrize("version", ["rtx 1.7.1", "11.0.0"])
def test_what_is_valid_or_cannot_be_asked_about_is_taken(version: str) -> None:
    check(version, None)
