from __future__ import annotations

import errno
import json
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from pytest_benchmark import cli as benchmark_cli
from pytest_benchmark.logger import PytestBenchmarkWarning

import models
import results.store
from bench import recorder
from bench.case import Case
from bench.workers.remote import Failed
from bench.workers.requests import Load, Time
from results.record import Record
from tests.bench.fakes import TICK_S
from tests.bench.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.bench.runs import BenchRun

pytest_plugins = ["pytester"]

INTERRUPTED = pytest.ExitCode.INTERRUPTED
TWO_GROUPS = ("batch_sizes = [1]", "batch_sizes = [1, 32]")
DENSE = "simple_cnn+dense/eager-fp32"


@pytest.fixture
def disk_is_full(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have writing fail for places whose path contains a text."""
    write = recorder._write

    def fill(part: str) -> None:
        def writes_elsewhere(file: Path, text: str) -> None:
            if part in str(file):
                raise OSError(errno.ENOSPC, "No space left on device", str(file))
            write(file, text)

        monkeypatch.setattr(recorder, "_write", writes_elsewhere)

    return fill


def test_durations_are_saved_without_being_asked_for(bench_run: BenchRun) -> None:
    bench_run("--benchmark-autosave")
    for benchmark in bench_run.document()["benchmarks"]:
        blocks = benchmark["extra_info"]["record"]["blocks"]
        assert benchmark["stats"]["data"] == [TICK_S] * sum(block["count"] for block in blocks)
        assert benchmark["stats"]["rounds"] == len(benchmark["stats"]["data"])
        assert not any("durations_s" in block for block in blocks)  # they are there once


def test_the_same_records_come_back(bench_run: BenchRun, world: World) -> None:
    world.takes("*half*", lambda replicate: (replicate + 1) * TICK_S)
    world.breaks("*half*/onnx*", Failed("broken"))
    bench_run("--benchmark-autosave", "--benchmark-json=beside.json")
    records = results.store.load(bench_run.saved).records
    assert results.store.load(bench_run.pytester.path / "beside.json").records == records
    assert [Record.from_dict(record.as_dict()) for record in records] == list(records)
    half = next(record for record in records if record.case.id.endswith("half_width/eager-fp32/b1"))
    for block in half.blocks:
        assert set(block.durations_s) == {(block.replicate + 1) * TICK_S}


def test_a_json_file_is_written_without_autosave(bench_run: BenchRun) -> None:
    result = bench_run("--benchmark-json=only.json")
    assert list(bench_run.storage.glob("**/*.json")) == []
    assert len(bench_run.cases(bench_run.pytester.path / "only.json")) == 4
    result.stdout.fnmatch_lines(["saved: *only.json"])


def test_a_saved_run_can_be_compared_with(bench_run: BenchRun, world: World) -> None:
    bench_run("--benchmark-autosave")
    world.takes("*", 4 * TICK_S)
    result = bench_run("--benchmark-autosave", "--benchmark-compare=0001", "--benchmark-sort=name")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [f"*{DENSE}/b1[]] (0001_*976.5625 (1.0)*", f"*{DENSE}/b1[]] (NOW)*3,906.2500 (4.00)*"]
    )
    assert [path.name[:5] for path in results.store.runs(bench_run.storage)] == ["0001_", "0002_"]


def test_a_regression_by_pytest_benchmark_leaves_our_table_and_where_it_is_saved(
    bench_run: BenchRun, world: World
) -> None:
    bench_run("--benchmark-autosave")
    world.takes("*", 4 * TICK_S)
    compared = ("--benchmark-compare=0001", "--benchmark-compare-fail=mean:5%")
    result = bench_run("--benchmark-autosave", *compared)
    assert result.ret != pytest.ExitCode.OK
    assert "Performance has regressed" in result.stdout.str() + result.stderr.str()
    result.stdout.fnmatch_lines(["*= Speedproof =*", "dense *", "saved: */0002_*"])


@pytest.mark.parametrize("variable", [False, True])
def test_the_storage_is_ours_unless_another_is_asked_for(
    bench_run: BenchRun, monkeypatch: pytest.MonkeyPatch, *, variable: bool
) -> None:
    place = "--benchmark-storage=file://./.benchmarks"
    monkeypatch.setattr(recorder, "STORAGE", bench_run.folder / "ours")
    others = [word for word in bench_run.where if "storage" not in word]
    others += ["--benchmark-autosave", f"--scenario={bench_run.scenario}"]
    bench_run.pytester.runpytest_inprocess(*others)
    assert len(list((bench_run.folder / "ours").glob("**/*.json"))) == 1
    if variable:
        monkeypatch.setenv("PYTEST_ADDOPTS", place)
    bench_run.pytester.runpytest_inprocess(*others, *([] if variable else [place]))
    assert len(list((bench_run.pytester.path / ".benchmarks").glob("**/*.json"))) == 1
    assert len(list((bench_run.folder / "ours").glob("**/*.json"))) == 1


def test_without_pytest_benchmark_nothing_is_measured(bench_run: BenchRun, world: World) -> None:
    result = bench_run("--benchmark-disable")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--benchmark-disable or by xdist" in result.stdout.str() + result.stderr.str()
    bench_run("--benchmark-disable", "--benchmark-skip").assert_outcomes(skipped=4)
    assert bench_run("--benchmark-disable", "--collect-only").ret == 0
    assert world.asked == []


def test_a_cache_that_cannot_be_written_is_one_error_before_anything_is_measured(
    bench_run: BenchRun, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(bench_run.scenario / "cache"))
    result = bench_run("--benchmark-autosave")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *: the cache cannot be written*set SPEEDPROOF_CACHE *"])
    assert world.asked == []


def test_the_command_of_pytest_benchmark_reads_a_saved_run(
    bench_run: BenchRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench_run("--benchmark-autosave")
    storage = f"--storage=file://{bench_run.storage}"
    monkeypatch.setattr(sys, "argv", ["pytest-benchmark", storage, "compare", "0001"])
    benchmark_cli.main()
    assert f"{DENSE}/b1" in capsys.readouterr().out


def test_a_full_disk_is_said_and_the_run_is_kept_elsewhere(
    bench_run: BenchRun, disk_is_full: Callable[[str], None]
) -> None:
    disk_is_full(str(bench_run.storage))
    result = bench_run("--benchmark-autosave")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=4)
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    result.stdout.fnmatch_lines(
        [f"could not write {bench_run.storage}/*: No space left on device", "saved: *"]
    )
    (kept,) = models.cache_folder().glob("**/*.json")
    assert len(bench_run.cases(kept)) == 4


def test_a_run_that_can_be_kept_nowhere_says_so_and_still_shows_its_table(
    bench_run: BenchRun, disk_is_full: Callable[[str], None]
) -> None:
    disk_is_full("")
    result = bench_run("--benchmark-autosave")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert result.stdout.str().count("could not write") == 3
    result.stdout.fnmatch_lines(["half_width  onnxruntime *", "could not write *"])
    result.stdout.no_fnmatch_line("not saved; add --benchmark-autosave*")


def test_an_unwritable_json_file_is_said_and_the_run_is_kept_elsewhere(
    bench_run: BenchRun,
) -> None:
    (bench_run.pytester.path / "file").write_text("in the way")
    result = bench_run("--benchmark-json=file/run.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    result.stdout.fnmatch_lines(["could not write file/run.json: *", "saved: *run.json"])
    (kept,) = models.cache_folder().glob("**/run.json")
    assert len(bench_run.cases(kept)) == 4


def test_a_write_that_fails_half_way_leaves_no_file(
    bench_run: BenchRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "run.json"
    target.write_text("older")

    def half(file: Path, text: str) -> int:
        file.write_bytes(text[:2].encode())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", half)
    with pytest.raises(OSError, match="No space"):
        recorder._write(target, "newer")
    assert target.read_bytes() == b"older"
    assert [path.name for path in tmp_path.glob("*run*")] == ["run.json"]
    assert bench_run.folder == tmp_path


def test_a_run_in_which_everything_failed_is_saved(
    bench_run: BenchRun, world: World, recwarn: pytest.WarningsRecorder
) -> None:
    world.breaks("simple_cnn*", Failed("broken"))
    result = bench_run("--benchmark-autosave", "--benchmark-json=beside.json")
    result.assert_outcomes(failed=4)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    for file in (bench_run.saved, bench_run.pytester.path / "beside.json"):
        cases = bench_run.cases(file)
        assert [case["status"] for case in cases.values()] == ["failed"] * 4
    assert not [str(one.message) for one in recwarn if "Not saving" in str(one.message)]


def test_ctrl_c_keeps_finished_groups_and_what_has_two_replicates(
    bench_run: BenchRun, world: World
) -> None:
    bench_run.scenario.write_text(bench_run.scenario.read_text().replace(*TWO_GROUPS))
    world.breaks("*half_width/onnx*/b32", Failed("broken"), on=Load, number=1)
    world.breaks(f"{DENSE}/b32", KeyboardInterrupt(), on=Load, number=2)
    result = bench_run("--benchmark-autosave")
    assert result.ret == INTERRUPTED
    cases = bench_run.cases()
    finished = {name: case for name, case in cases.items() if case["batch_size"] == 1}
    assert [case["status"] for case in finished.values()] == ["measured"] * 4
    assert cases[f"{DENSE}/b32"]["status"] == "measured"
    assert cases[f"{DENSE}/b32"]["replicates"] == 2
    assert cases[f"{DENSE}/b32"]["notes"] == ["interrupted after 2 of 3 replicates"]
    assert cases["simple_cnn+half_width/onnxruntime-fp32/b32"]["reason"] == "broken"


def test_ctrl_c_before_two_replicates_leaves_a_row_that_says_so(
    bench_run: BenchRun, world: World
) -> None:
    bench_run.scenario.write_text(bench_run.scenario.read_text().replace(*TWO_GROUPS))
    world.breaks(f"{DENSE}/b32", KeyboardInterrupt(), on=Time, number=3)
    result = bench_run("--benchmark-autosave")
    assert result.ret == INTERRUPTED
    case = bench_run.cases()[f"{DENSE}/b32"]
    assert (case["status"], case["latency_p50_s"]) == ("failed", None)
    assert "interrupted after" in case["reason"]


def test_a_signal_that_ends_the_run_keeps_what_is_finished_like_ctrl_c(
    bench_run: BenchRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench_run.scenario.write_text(bench_run.scenario.read_text().replace(*TWO_GROUPS))
    meet = World.meet

    def killed(self: World, name: str, request: object) -> None:
        meet(self, name, request)
        if isinstance(request, Time) and name == f"{DENSE}/b32":
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(World, "meet", killed)
    assert bench_run("--benchmark-autosave").ret == INTERRUPTED
    statuses = {(c["batch_size"], c["status"]) for c in bench_run.cases().values()}
    assert (1, "measured") in statuses


def test_ctrl_c_while_preparing_saves_no_empty_run(bench_run: BenchRun, world: World) -> None:
    world.breaks("prepare *half*", KeyboardInterrupt(), on=Case)
    with pytest.warns(PytestBenchmarkWarning, match="Not saving anything"):
        result = bench_run("--benchmark-autosave", "--benchmark-json=beside.json")
    assert result.ret == INTERRUPTED
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert results.store.runs(bench_run.storage) == []
    assert not (bench_run.pytester.path / "beside.json").exists()


def test_the_environment_and_margins_are_saved_with_the_run(bench_run: BenchRun) -> None:
    bench_run("--benchmark-autosave")
    document = bench_run.document()
    assert document["speedproof"]["environment"]["cpu_model"] == "Abacus"
    assert document["speedproof"]["margin"] == {"two-engines": 0.015}
    assert document["speedproof"]["summary"] == {
        "two-engines": "Which engine is faster, and does half the width pay?"
    }
    assert document["machine_info"]["speedproof"]["machine"] == "abacus-2c"
    assert json.loads(json.dumps(document)) == document
