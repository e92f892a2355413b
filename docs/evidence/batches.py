"""Whether an engine answers alike at every batch size: the accuracy of one file at each of them.

Run from the repository's root: python docs/evidence/batches.py SCENARIO --case GLOB

One case must be left; its artifact is loaded for each batch size and runs the same images.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from prepared import artifacts

from bench import options, registry
from bench.preparation.inputs import InputSet
from bench.workers.machine import this_machine

if TYPE_CHECKING:
    from bench.case import Case
    from bench.preparation.artifact import Artifact

BATCH_SIZES = (1, 8, 32, 64, 128)
IMAGES = 2048  # divisible by each batch size


def accuracy(case: Case, artifact: Artifact, inputs: InputSet, batch_size: int) -> float:
    """Share of the first images that it tells right."""
    target = replace(case.target, batch_size=batch_size)
    session = registry.engine(case.engine).load(artifact, target)
    outputs = [
        session.outputs(inputs.batch(start, batch_size))[0]
        for start in range(0, IMAGES, batch_size)
    ]
    if inputs.labels is None:
        sys.exit(f"{case.id}: its inputs have no labels")
    return float((np.concatenate(outputs).argmax(1) == inputs.labels[:IMAGES]).mean())


def main() -> None:
    """Print a line for each batch size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario")
    parser.add_argument("--case", required=True)
    given = parser.parse_args()
    asked = options.Options(scenarios=(given.scenario,), cases=(given.case,))
    case, *more = options.selected_cases(asked)
    if more:
        sys.exit(f"--case {given.case}: means {len(more) + 1} cases; one is wanted")
    with this_machine() as machine:
        artifact = artifacts([case], machine)[case.id]
    inputs = InputSet.load(Path(artifact.inputs))
    for batch_size in BATCH_SIZES:
        share = accuracy(case, artifact, inputs, batch_size)
        sys.stdout.write(f"batch size {batch_size}: {share:.2%} of {IMAGES} images\n")


if __name__ == "__main__":
    main()
