"""What the doctor finds: what is there, what is not, and what breaks the run that was asked for."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from bench import cli, registry
from bench.device import present
from bench.doctor import doctor
from bench.environment import environment
from bench.options import Options

if TYPE_CHECKING:
    from pathlib import Path

DIGITS = Options(scenarios=("digits-cnn",))


def states(options: Options = DIGITS) -> dict[str, str]:
    return {found.what: found.state for found in doctor.findings(options)}


def lose(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    monkeypatch.setattr(
        doctor, "find_spec", lambda name: None if name == library else find_spec(name)
    )


def test_it_looks_at_everything_a_run_needs() -> None:
    found = states()
    assert {
        "python",
        "cpu",
        "pinning",
        "load",
        "self-check",
        "runs",
        "cache",
        "gpu",
    } <= found.keys()
    assert set(registry.names("engines")) <= found.keys()
    assert {f"meter {name}" for name in registry.names("meters")} <= found.keys()
    assert {"digits", "fashion_mnist"} <= found.keys()
    assert found["digits"] == "ok"


@pytest.mark.parametrize(("device", "state"), [("auto", "broken"), ("cpu", "note")])
def test_a_driver_without_a_gpu_breaks_a_run_that_would_have_taken_one(
    monkeypatch: pytest.MonkeyPatch, device: str, state: str
) -> None:
    monkeypatch.setattr(present, "DRIVER", __file__)
    monkeypatch.setattr(present, "opened", lambda _device: (None, "version mismatch"))
    assert states(Options(scenarios=("digits-cnn",), device=device))["gpu"] == state


def test_the_gpu_that_is_asked_for_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And where it cannot be used, the run that was asked for cannot work."""
    asked: list[str] = []

    def opened(device: str) -> tuple[None, str]:
        asked.append(device)
        return None, "Invalid Argument"

    monkeypatch.setattr(present, "opened", opened)
    assert cli.main(["doctor", "--scenario", "digits-cnn", "--device", "cpu,cuda:3"]) == 1
    assert asked == ["cuda:3"]
    assert "no NVIDIA GPU can be used (Invalid Argument)" in " ".join(
        capsys.readouterr().out.split()
    )


def test_an_engine_for_gpus_alone_is_said_to_be_one() -> None:
    said = {each.what: each for each in doctor.findings(DIGITS)}
    assert said["torch_cuda_graph"].state == "note"
    assert said["torch_cuda_graph"].text.endswith("; needs an NVIDIA GPU; there is none")
    assert said["eager"].state == "ok"
    assert said["eager"].text.endswith("; on the CPU: bf16, fp32")


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_a_meter_says_what_it_measures_or_why_it_does_not(device: str) -> None:
    for name, found in zip(registry.names("meters"), doctor._meters(device), strict=True):
        meter = registry.meter(name)
        reason = meter.missing(device)
        assert (found.what, found.state) == (f"meter {name}", "missing" if reason else "ok")
        assert f"{found.text}." == (f"{reason}." if reason else meter.__doc__.splitlines()[0])


def test_an_engine_that_is_not_installed_loses_its_cases_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lose(monkeypatch, "openvino")
    (found,) = [each for each in doctor.findings(DIGITS) if each.what == "openvino"]
    assert found.state == "missing"
    assert found.text == "openvino is not installed; its cases are skipped"


def test_without_the_engine_of_the_baselines_nothing_can_be_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lose(monkeypatch, "torch")
    (found,) = [each for each in doctor.findings(DIGITS) if each.what == "eager"]
    assert found.state == "broken"
    assert "baseline" in found.text
    assert cli.main(["doctor", "--scenario", "digits-cnn"]) == 1
    assert "broken" in capsys.readouterr().out


def test_a_data_set_is_only_needed_by_the_scenarios_that_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEEDPROOF_FASHION_MNIST", str(tmp_path))
    assert states()["fashion_mnist"] == "missing"
    assert states(Options(scenarios=("fashion-cnn",)))["fashion_mnist"] == "broken"


def test_a_cache_that_cannot_be_written_breaks_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "file" / "cache"))
    assert states()["cache"] == "broken"


def test_the_size_of_the_cache_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path))
    (tmp_path / "weights").mkdir()
    with (tmp_path / "weights" / "sparse").open("w") as file:
        file.truncate(1_700_000_000)
    said = {each.what: each.text for each in doctor.findings(DIGITS)}
    assert said["cache"].startswith(f"{tmp_path}, 1.7 GB in it, ")


@pytest.mark.parametrize(("load", "state"), [(0.1, "ok"), (7.0, "note")])
def test_neighbours_are_told(load: float, state: str) -> None:
    assert doctor._load({"load": load, "cores": 2}).state == state


def test_of_huge_pages_for_everything_an_operator_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = environment()
    for setting, is_noted in (("madvise", False), ("never", False), ("always", True)):
        here = {**found, "huge_pages": setting}
        monkeypatch.setattr(doctor, "environment", lambda _devices, here=here: here)
        said = {each.what: each.text for each in doctor.findings(DIGITS)}
        assert ("huge pages" in said) is is_noted
    assert "echo madvise > /sys/kernel/mm/" in said["huge pages"]
