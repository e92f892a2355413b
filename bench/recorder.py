"""The only file that knows pytest-benchmark: our records into its statistics and its storage."""

from __future__ import annotations

import json
import os
import shlex
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import get_machine_id

import models
import results.store
from results.record import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_benchmark.fixture import BenchmarkFixture

    from bench.tuning.searches import Searched
    from results.record import Record
    from results.searches import Searches

STORAGE = results.store.FOLDER


@dataclass(slots=True)
class Saved:
    """Where the run went."""

    files: list[Path] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def configure(config: pytest.Config) -> None:
    """Have raw data saved always, and runs stored under results/runs."""
    config.option.benchmark_save_data = True
    given = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *config.invocation_params.args]
    if not any(str(word).startswith("--benchmark-storage") for word in given):
        config.option.benchmark_storage = f"file://{STORAGE}"


def check_enabled(config: pytest.Config) -> None:
    """Without pytest-benchmark all would be measured, and neither shown nor saved.

    Raises:
        pytest.UsageError: it is disabled.
    """
    session = config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
    if session.disabled and not session.skip:
        msg = (
            "pytest-benchmark is disabled, by --benchmark-disable or by xdist, and nothing that is "
            "measured could be kept; take the option away, or add --benchmark-skip to skip what "
            "measures"
        )
        raise pytest.UsageError(msg)


def folder(config: pytest.Config) -> Path:
    """Where runs are stored; of a storage that is no folder, where they would be by default."""
    storage = config._benchmarksession.storage  # type: ignore[attr-defined]  # noqa: SLF001
    return Path(getattr(storage, "path", STORAGE))


def put(benchmark: BenchmarkFixture, record: Record) -> None:
    """Enter a measured record: its durations into the statistics, the rest beside them."""
    group = f"{record.case.scenario}/b{record.case.batch_size}"
    _enter(benchmark, group, results.store.durations_s(record))
    if record.blocks:
        benchmark.extra_info["record"] = results.store.deflate(record)


def put_fits(benchmark: BenchmarkFixture, name: str, searched: Searched) -> None:
    """Enter a search: the seconds of its fits into the statistics, what it found beside them."""
    scenario, _, searcher = name.partition("/")
    _enter(benchmark, scenario, searched.durations_s)
    benchmark.extra_info["tuning"] = {
        "scenario": scenario,
        "searcher": searcher,
        **searched.as_dict(),
    }


def _enter(benchmark: BenchmarkFixture, group: str, durations_s: Sequence[float]) -> None:
    """Durations that were measured elsewhere, for which pytest-benchmark has no public way.

    `_mode` says that the fixture was used, and `_make_stats` opens the statistics. Both are of 5.3.
    """
    benchmark._mode = "speedproof"  # noqa: SLF001
    benchmark.group = group
    if durations_s:
        stats = benchmark._make_stats(iterations=1)  # noqa: SLF001
        for duration_s in durations_s:
            stats.update(duration_s)


def save_safely(config: pytest.Config, saved: Saved) -> None:
    """Make saving atomic, and keep the run elsewhere if its place cannot take it.

    pytest-benchmark writes straight into the final file and lets an OSError end the session.
    """
    session = config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
    storage = session.storage

    def save(document: Mapping[str, Any], name: str) -> None:
        file = storage.get(f"{storage._next_num}_{name}.json")  # noqa: SLF001
        _write_somewhere(file, document, saved)

    def save_json(document: Mapping[str, Any]) -> None:
        _write_somewhere(Path(session.json), document, saved)

    if hasattr(storage, "_next_num"):  # files; another storage has ways of its own
        storage.save = save
    session.save_json = save_json


def _write_somewhere(file: Path, document: Mapping[str, Any], saved: Saved) -> None:
    text = json.dumps(document, indent=1, default=str)
    rescue = models.cache_folder() / "rescued" / file.name
    for place in (file, rescue, Path(tempfile.gettempdir()) / file.name):
        try:
            _write(place, text)
        except OSError as error:
            saved.problems.append(f"could not write {place}: {error.strerror or error}")
        else:
            saved.files.append(place)
            return


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    try:
        partial.write_text(text)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def save_what_has_no_samples(config: pytest.Config) -> None:
    """Save a run in which nothing could be measured: pytest-benchmark would drop it."""
    session = config._benchmarksession  # type: ignore[attr-defined]  # noqa: SLF001
    name = session.save or session.autosave
    if session.benchmarks or not (name or session.json):
        return
    hook = config.hook
    document = {
        "machine_info": session.get_machine_info(),
        "commit_info": hook.pytest_benchmark_generate_commit_info(config=config),
        "benchmarks": [],
        "datetime": datetime.now(UTC).isoformat(),
    }
    hook.pytest_benchmark_update_json(config=config, benchmarks=[], output_json=document)
    if name:
        session.storage.save(document, name)
    if session.json:
        session.save_json(document)
    session.save = session.autosave = session.json = None  # it would warn that nothing was saved


def save_search(name: str, asked: str, found: Searches, environment: Mapping[str, Any]) -> Saved:
    """Store a search that no pytest made as a run of its own, named as those are.

    Args:
        name: of the search, as tables have it.
        asked: the question of its scenario.
        found: what it came to.
        environment: what it ran on.
    """
    now, saved = datetime.now(UTC), Saved()
    storage = FileStorage(STORAGE, logger=None, default_machine_id=get_machine_id())
    parts = [environment["commit"] or "unversioned", f"{now:%Y%m%d_%H%M%S}"]
    parts += ["uncommited-changes"] if environment["dirty"] else []  # as pytest-benchmark has it
    ours = our_part((), environment, {}, {}, ())
    ours |= {"tuning": {name: asdict(found)}, "summary": {name: asked}}
    document = {"benchmarks": [], "datetime": now.isoformat(), "speedproof": ours}
    file = storage.get(f"{storage._next_num}_{'_'.join(parts)}.json")  # noqa: SLF001
    _write_somewhere(file, document, saved)
    return saved


def our_part(
    records: Sequence[Record],
    environment: Mapping[str, Any],
    margins: Mapping[str, float],
    memory_margins: Mapping[str, float],
    notes: Sequence[str],
) -> dict[str, Any]:
    """What a stored run says beside its benchmarks.

    Args:
        records: those without a benchmark of their own: skipped, failed, added or interrupted.
        environment: what the run ran on.
        margins: of time, by scenario, relative.
        memory_margins: of peak memory, likewise.
        notes: about the whole run.
    """
    return {
        "schema": SCHEMA,
        "suite_version": environment["suite_version"],
        "environment": dict(environment),
        "unmeasured": [record.as_dict() for record in records],
        "margin": dict(margins),
        "memory_margin": dict(memory_margins),
        "notes": list(notes),
    }
