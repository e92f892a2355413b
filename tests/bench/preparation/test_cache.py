from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import models
from bench.preparation import cache
from tests.bench.runs import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BUILDER = """
import sys
from pathlib import Path
from bench.preparation import cache

def say(word):
    sys.stdout.write(word + "\\n")
    sys.stdout.flush()

def build(folder):
    with Path(sys.argv[1]).open("a") as log:
        log.write("built\\n")
    (folder / "half").write_text("done")
    say("half")
    if sys.argv[2] == "waits":
        sys.stdin.readline()
    (folder / "other half").write_text("done")

say(str(cache.entry("kind", {"a": 1}, build, lambda: say("waiting"))))
"""


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))


def start(log: Path, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", BUILDER, str(log), how],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def says(process: subprocess.Popen[str], *words: str) -> bool:
    assert process.stdout is not None
    return all(process.stdout.readline().strip() == word for word in words)


def build_with(text: str, key: dict[str, object]) -> Path:
    def build(folder: Path) -> None:
        (folder / "file").write_text(text)

    return cache.entry("kind", key, build)


def test_an_entry_is_built_once() -> None:
    first = build_with("first", {"a": 1})
    again = build_with("second", {"a": 1})
    assert again == first
    assert (first / "file").read_text() == "first"
    assert json.loads((first / "key.json").read_text()) == {"a": 1}


@pytest.mark.parametrize("other", [{"a": 2}, {"b": 1}, {"a": 1, "b": None}, {"a": "1"}])
def test_another_key_is_another_entry(other: dict[str, object]) -> None:
    assert build_with("one", {"a": 1}) != build_with("two", other)


def test_the_order_of_a_key_does_not_matter() -> None:
    assert build_with("one", {"a": 1, "b": 2}) == build_with("two", {"b": 2, "a": 1})


def test_a_build_that_fails_leaves_nothing_and_is_tried_again() -> None:
    def fails(folder: Path) -> None:
        (folder / "file").write_text("half")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cache.entry("kind", {"a": 1}, fails)
    left = [path.suffix for path in (models.cache_folder() / "kind").iterdir()]
    assert left == [".lock"]
    assert (build_with("whole", {"a": 1}) / "file").read_text() == "whole"


def test_an_entry_is_not_there_before_it_is_whole() -> None:
    seen: list[str] = []

    def looks(folder: Path) -> None:
        (folder / "file").write_text("half")
        seen.extend(path.name for path in folder.parent.iterdir() if path.name[0] != ".")

    entry = cache.entry("kind", {"a": 1}, looks)
    assert seen == [f"{entry.name}.lock"]


def test_of_two_processes_at_once_one_builds_and_the_other_waits(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with start(log, "waits") as first:
        assert says(first, "half")
        with start(log, "goes on") as second:
            assert says(second, "waiting")  # as the first one has it
            found, _ = first.communicate("go on\n")
            again, _ = second.communicate()
    assert found == again != ""
    assert log.read_text() == "built\n"


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_a_killed_builder_leaves_nothing_that_is_used(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with start(log, "waits") as killed:
        assert says(killed, "half")
        killed.send_signal(signal.SIGKILL)
    with start(log, "goes on") as second:
        out, _ = second.communicate()
    assert second.returncode == 0
    assert log.read_text() == "built\n" * 2
    entry = models.cache_folder() / "kind" / out.splitlines()[-1].rpartition("/")[2]
    assert {path.name for path in entry.parent.iterdir()} == {entry.name, f"{entry.name}.lock"}
    assert sorted(path.name for path in entry.iterdir()) == ["half", "key.json", "other half"]


def test_the_hash_of_a_file_is_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    assert cache.file_sha256(file).startswith("e3b0c44298fc1c14")
