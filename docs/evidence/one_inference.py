"""One inference as a function without arguments, for tools that time functions in own processes.

It imports no more than it needs: pyperf starts twenty processes for each file.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench import registry
from bench.preparation.artifact import Artifact
from bench.preparation.inputs import InputSet
from bench.selfcheck.slowed import Slowed
from bench.workers.target import Target

if TYPE_CHECKING:
    from bench.workers.session import Call

ENGINE = "onnxruntime"
SHARE = "SPEEDPROOF_SHARE"  # environment variable: the share of its own time that is added
ARTIFACT = "artifact.json"  # in the current folder


def workload() -> Call:
    """An inference of the artifact that lies in the current folder, slowed as the variable says."""
    artifact = Artifact(**json.loads(Path(ARTIFACT).read_text()))
    target = Target(precision="fp32", device="cpu", batch_size=1, threads=1)
    session = Slowed(registry.engine(ENGINE).load(artifact, target), float(os.environ[SHARE]))
    return session.bind(InputSet.load(Path(artifact.inputs)).batch(0, 1))
