from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bench.interpreter import executable
from bench.options import OptionError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return tmp_path / "venv"


def test_a_virtual_environment_means_its_python(venv: Path) -> None:
    assert executable(str(venv)) == str(venv / "bin" / "python")


def test_a_link_is_not_followed_as_it_is_what_makes_the_environment(venv: Path) -> None:
    assert executable(str(venv / "bin" / "python")) == str(venv / "bin" / "python")


def test_a_relative_path_becomes_absolute_as_workers_start_elsewhere(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(venv.parent)
    assert executable("venv") == executable("venv/bin/python") == str(venv / "bin" / "python")
    monkeypatch.chdir(venv / "bin")
    assert executable("./python") == str(venv / "bin" / "python")


def test_a_bare_name_is_looked_for_as_a_shell_does(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(venv / "bin"))
    assert executable("python") == str(venv / "bin" / "python")


@pytest.mark.parametrize("given", ["nope", "nope/python", "/nope/bin/python"])
def test_what_is_not_there_is_a_usage_error(given: str) -> None:
    with pytest.raises(OptionError, match=f"--python {given}: no such program; name an interp"):
        executable(given)


def test_a_folder_without_an_interpreter_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="is a folder without bin/python; name a virtual env"):
        executable(str(tmp_path))


def test_a_file_that_cannot_be_run_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("beads")
    with pytest.raises(OptionError, match="no such program"):
        executable(str(tmp_path / "python"))
