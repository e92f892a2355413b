"""What runs the nightly script: GitHub's workflow and GitLab's."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import scenarios

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "nightly-gpu.yml"
GITLAB = ROOT / "docs" / "nightly.gitlab-ci.yml"
SCENARIOS = "--scenario gpu --scenario tensorrt"  # of a scheduled night


@pytest.mark.parametrize(
    ("file", "schema"), [(WORKFLOW, "vendor.github-workflows"), (GITLAB, "vendor.gitlab-ci")]
)
def test_a_workflow_is_one_by_its_services_schema(file: Path, schema: str) -> None:
    pytest.importorskip("check_jsonschema", reason="install the dependency group test")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_workflow_passes_zizmors_audits() -> None:
    zizmor = Path(sysconfig.get_path("scripts")) / "zizmor"
    if not zizmor.exists():
        pytest.skip("install the dependency group test")
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", WORKFLOW],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", [WORKFLOW, GITLAB])
def test_both_say_what_must_outlive_the_job(file: Path) -> None:
    assert "mounted volume" in file.read_text()
    assert "SPEEDPROOF_NIGHTLY" in file.read_text()


@pytest.mark.parametrize("file", [WORKFLOW, GITLAB])
def test_both_services_run_the_one_script_on_what_only_a_gpu_can_do(file: Path) -> None:
    assert '.ci/nightly -e "$ENVIRONMENT" "${options[@]}"' in file.read_text()
    assert re.search(rf"OPTIONS: .*{SCENARIOS}", file.read_text())
    assert set(SCENARIOS.split()) - {"--scenario"} <= set(scenarios.shipped())
