"""From a tally to the Record of its case: everything that was found out, in one place."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from bench.device import summary
from bench.measuring import fidelity, latency
from bench.preparation.inputs import InputSet
from bench.training import record as training_record
from models.techniques import remark
from results.record import Metric, Quantity, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bench.case import Case
    from bench.measuring.group_run import GroupRun
    from bench.measuring.tally import Tally
    from bench.preparation.artifact import Artifact
    from results.judging.stats import Ratio

BUILD = Metric(name="build_s", unit="s", better="lower")
SIZE = Metric(name="artifact_bytes", unit="B", better="lower")
LOAD = Metric(name="load_s", unit="s", better="lower")
FIRST = Metric(name="first_inference_s", unit="s", better="lower")
READY = Metric(name="ready_s", unit="s", better="lower")
READY_RATIO = Metric(name="ready_ratio", unit="", better="lower")
RATIO = Metric(name="ratio", unit="", better="lower")


def record(tally: Tally, run: GroupRun) -> Record:
    """The record of one case of a group, as far as the group was measured."""
    stopped = tally.stopped or (None if tally.blocks else "failed")
    if stopped:
        return Record(
            case=tally.case.key(),
            status=stopped,
            reason=tally.reason or "no block of it was measured",
            quantities=tuple(_exact(tally.artifact)) if tally.artifact else (),
            facts=tally.artifact.facts if tally.artifact else {},
            notes=tuple(tally.notes),
        )
    quantities = tuple(_quantities(tally, run))
    doubts = fidelity.doubts(tally.case.scenario.dataset, quantities)
    return Record(
        case=tally.case.key(),
        status="measured",
        quantities=quantities,
        facts=_facts(tally, run),
        blocks=tuple(tally.blocks),
        yardstick_blocks=tuple(run.yardstick) if tally is run.baseline else (),
        predictions=_predictions(tally),
        notes=(*_notes(tally, run), *doubts),
    )


def built(case: Case, artifact: Artifact, reason: str | None) -> Record:
    """The record of a case that this machine can build and not run."""
    return Record(
        case=case.key(),
        status="built",
        reason=reason,
        quantities=tuple(_exact(artifact)),
        facts=artifact.facts,
        notes=artifact.notes,
    )


def _quantities(tally: Tally, run: GroupRun) -> Iterator[Quantity]:
    yield from latency.quantities(tally.blocks, tally.case.batch_size)
    yield from _ratio(RATIO, tally.ratio(run.baseline))
    yield from _start(tally, run)
    if tally.artifact:
        yield from _exact(tally.artifact)
        yield from _fidelity(tally, run)
        yield from training_record.quantities(tally, run.baseline, tally.artifact)
    yield from tally.quantities
    yield from summary.quantities(tally.blocks)


def _start(tally: Tally, run: GroupRun) -> Iterator[Quantity]:
    """How long it took to be ready: libraries were imported, the artifact was not loaded."""
    loads = tally.loaded
    ready_s = [each for of_replicate in tally.ready_s.values() for each in of_replicate]
    yield Quantity(metric=LOAD, value=median(one.load_s for one in loads), n=len(loads))
    yield Quantity(metric=FIRST, value=median(one.first_inference_s for one in loads), n=len(loads))
    yield Quantity(metric=READY, value=median(ready_s), n=len(ready_s))
    if tally is not run.baseline:
        yield from _ratio(READY_RATIO, tally.ready_ratio(run.baseline))


def _ratio(metric: Metric, ratio: Ratio | None) -> Iterator[Quantity]:
    if ratio is not None:
        yield Quantity(
            metric=metric, value=ratio.value, low=ratio.low, high=ratio.high, n=ratio.replicates
        )


def _exact(artifact: Artifact) -> Iterator[Quantity]:
    counted = {
        "params": artifact.params,
        "nonzero_params": artifact.nonzero_params,
        "macs": artifact.macs,
    }
    for name, value in counted.items():
        if value is not None:
            yield Quantity(metric=Metric(name=name, unit="", better="lower"), value=float(value))
    if artifact.size_bytes is not None:
        yield Quantity(metric=SIZE, value=float(artifact.size_bytes))
    if artifact.build_s is not None:
        yield Quantity(metric=BUILD, value=artifact.build_s)


def _fidelity(tally: Tally, run: GroupRun) -> Iterator[Quantity]:
    outputs = _outputs(tally)
    if outputs is not None:
        yield from fidelity.quantities(outputs, _labels(tally), _outputs(run.baseline))


def _predictions(tally: Tally) -> str | None:
    outputs = _outputs(tally)
    return None if outputs is None else fidelity.predictions(outputs, _labels(tally))


def _outputs(tally: Tally) -> fidelity.Outputs | None:
    return None if tally.predictions is None else np.load(tally.predictions)


def _labels(tally: Tally) -> NDArray[np.int64] | None:
    """Of the samples that it answered, if they are known."""
    return InputSet.load(Path(tally.artifact.inputs)).labels if tally.artifact else None


def _facts(tally: Tally, run: GroupRun) -> dict[str, str]:
    warmed = tally.loaded[0].warm_up
    facts = {**tally.loaded[0].facts, **summary.facts(tally.blocks)}
    if tally.artifact:
        facts |= tally.artifact.facts
        facts["data_sha256"] = InputSet.load(Path(tally.artifact.inputs)).sha256
    facts["warm_up"] = f"{warmed.iterations} iterations, {warmed.duration_s:.3f} s"
    facts["ended"] = run.ending(tally)
    return facts


def _notes(tally: Tally, run: GroupRun) -> Iterator[str]:
    remarks = (remark(technique.name) for technique in tally.case.techniques)
    yield from (each for each in remarks if each)
    yield from tally.notes
    if tally.artifact:
        yield from tally.artifact.notes
    if (outputs := _outputs(tally)) is not None:
        yield from fidelity.defects(outputs)
        labels = _labels(tally)
        if why_not := fidelity.no_scores(outputs, labels):
            yield why_not
    capped = sum(not one.warm_up.steady for one in tally.loaded)
    if capped:
        yield f"not steady at the cap of warm-up in {capped} of {len(tally.loaded)} processes"
    yield from summary.notes(tally.blocks)
    if tally.clock != run.baseline.clock and run.baseline.clock:
        yield f"no ratio: timed by {tally.clock}, the baseline by {run.baseline.clock}"
    if run.baseline.stopped:
        yield f"{_what_is_left(tally.ratio(run.baseline))}: {_end(run.baseline)}"


def _what_is_left(ratio: Ratio | None) -> str:
    """Of a comparison whose baseline ended before all was measured."""
    if ratio is None:
        return "no ratio"
    plural = "s" if ratio.replicates > 1 else ""
    return f"the ratio is of {ratio.replicates} replicate{plural}"


def _end(baseline: Tally) -> str:
    was = "was " if baseline.stopped == "skipped" else ""
    return f"the baseline {was}{baseline.stopped} ({baseline.reason})"
