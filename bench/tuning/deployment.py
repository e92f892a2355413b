"""Deployment tuning: which of a scenario's cells to ship, searched for time and accuracy together.

Optuna proposes a variant, an engine, a precision, a batch size and a number of threads; each
proposal is measured as the suite measures everything, in turns with one fixed baseline. The search
sees the accuracy on one half of the test images; that on the others is only reported.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState

from bench.measuring import fidelity
from bench.measuring.group_run import GroupRun
from bench.measuring.scope import Scope
from bench.options import OptionError
from bench.plan import Group, baseline_of
from bench.preparation.inputs import InputSet
from bench.preparation.preparing import Prepared, prepare_all
from bench.workers.remote import Failed, Skipped
from models.tuning.task import SEEDS
from scenarios.scenario import TOP_LEVEL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from optuna.distributions import BaseDistribution
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

    from bench.case import Case
    from bench.preparation.artifact import Artifact
    from bench.workers.machine import Machine
    from results.judging.stats import Ratio
    from results.record import Status

    Show = Callable[[float, str], None]
    Cell = dict[str, str | int]  # what was chosen, by the name of the parameter

STARTUP = 8  # random proposals first, of the sampler's own ten: cells cost seconds
REPEATS = 20  # proposals in a row that are no new cell: then chance proposes one
SCOPE = Scope(yardstick=False, meters=False, alone=False)
NO_LABELS = "the inputs have no labels, and so there is no accuracy to search; add labels to them"
CASE, FOUND = "case", "found"  # what a trial keeps beside its values,
SKIPPED, FAILED = "skipped", "failed"  # or the reason why it has none
CELLS = "cells"  # under which a study keeps what it searches


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One cell, measured."""

    case: str
    time: float  # of one sample, over the baseline's
    time_low: float | None
    time_high: float | None
    accuracy: float  # on the images that the search may see, 0 to 1
    held_out: float  # on the others


@dataclass(slots=True, kw_only=True)
class Deployment:
    """A search over the cells of some cases; its study keeps what was measured.

    A cell that failed in an earlier search is tried once more: what failed it, such as a full disk
    or a neighbour that took all memory, may be over. What was skipped cannot be had here.
    """

    cases: Sequence[Case]
    machine: Machine
    study: optuna.Study
    _prepared: dict[str, Prepared] = field(default_factory=dict)
    _begun: int = field(init=False)  # trials of earlier searches

    def __post_init__(self) -> None:
        """Count what there is."""
        self._begun = len(self.study.get_trials(deepcopy=False))

    @property
    def baseline(self) -> Case:
        """What everything is measured beside: the one with the fewest threads and samples."""
        return baseline_of(min(self.cases, key=lambda one: (one.threads, one.batch_size)))

    @property
    def seed(self) -> int:
        """Of the sampler."""
        return int(self.study.study_name.rpartition("/")[2])

    @property
    def measured(self) -> int:
        """How many cells were."""
        return sum(one.state == TrialState.COMPLETE for one in self._known().values())

    def search(self, most: int, show: Show) -> None:
        """Measure cells until so many are in the study, or none is left."""
        cells = {_key(cell_of(case)): case for case in self.cases}
        space, repeats = _space(self.cases), 0
        while self.measured < most and (left := sorted(cells.keys() - self._known().keys())):
            asked = self.study.ask(space)
            case = cells[name] if (name := _key(asked.params)) in left else None
            repeats = 0 if case else repeats + 1
            if case:
                text = f"{self.measured} of {most} cells, {len(self.front())} on the front"
                show(self.measured / most, f"{text}; measuring {case.id}")
                self._answer(asked, case)
                continue
            self.study.tell(asked, state=TrialState.FAIL)  # no such cell, or it is known
            if repeats % REPEATS == 0:
                chance = np.random.default_rng(asked.number).integers(len(left))
                self.study.enqueue_trial(cell_of(cells[left[chance]]))

    def front(self) -> list[Found]:
        """The cells that no other beats in time and accuracy together, fastest first."""
        best = [_found(one) for one in self.study.best_trials]
        by_case = {one.case: one for one in best if one}
        return sorted(by_case.values(), key=lambda one: one.time)

    def cells(self) -> list[Found]:
        """Everything that was measured, fastest first."""
        found = [_found(one) for one in self._known().values()]
        return sorted((one for one in found if one), key=lambda one: one.time)

    def failed(self) -> dict[str, str]:
        """Why cells could not be measured or were skipped, by case; the last reason of each."""
        reasons: dict[str, str] = {}
        for one in self.study.get_trials(deepcopy=False):
            kept = one.user_attrs
            if SKIPPED in kept or FAILED in kept:
                reasons[kept[CASE]] = kept[SKIPPED if SKIPPED in kept else FAILED]
            elif FOUND in kept:  # when it was tried again
                reasons.pop(kept[CASE], None)
        return reasons

    def _known(self) -> dict[str, FrozenTrial]:
        """The first trial of each cell that was measured, or need not be tried again."""
        known: dict[str, FrozenTrial] = {}
        for one in self.study.get_trials(deepcopy=False):
            has_values = one.state == TrialState.COMPLETE and FOUND in one.user_attrs
            failed_now = FAILED in one.user_attrs and one.number >= self._begun
            if has_values or failed_now or SKIPPED in one.user_attrs:
                known.setdefault(_key(one.params), one)
        return known

    def _answer(self, asked: optuna.Trial, case: Case) -> None:
        asked.set_user_attr(CASE, case.id)
        try:
            found = self._measured(case)
        except (Skipped, Failed) as reason:
            asked.set_user_attr(SKIPPED if isinstance(reason, Skipped) else FAILED, str(reason))
            self.study.tell(asked, state=TrialState.FAIL)
        except BaseException:  # Ctrl-C: the cell is free for the next search
            self.study.tell(asked, state=TrialState.FAIL)
            raise
        else:
            asked.set_user_attr(FOUND, asdict(found))
            self.study.tell(asked, [found.time, found.accuracy])

    def _measured(self, case: Case) -> Found:
        """What the suite measures of a case beside the baseline; raises Skipped or Failed."""
        group = Group(name=case.group, cases=_pair(self.baseline, case), baseline=self.baseline)
        artifacts = self._artifacts(group.cases)
        run = GroupRun(group, artifacts, self.machine, scope=SCOPE)
        run.run(lambda *_: None)
        tally = run.tallies[case.id]
        ratio = tally.ratio(run.baseline)
        lacks_ratio = ratio is None and tally is not run.baseline  # which has none to itself
        if tally.stopped or tally.predictions is None or lacks_ratio:
            ended = tally if tally.stopped else run.baseline
            why = ended.reason or "; ".join(tally.notes) or "nothing was measured"
            raise _ended(ended.stopped or "failed", why)
        outputs = np.load(tally.predictions)
        labels = InputSet.load(Path(artifacts[case.id].inputs)).labels
        if labels is None:
            raise case.scenario.error(TOP_LEVEL, NO_LABELS)
        if why_not := fidelity.no_scores(outputs, labels):
            raise Failed(why_not)
        return _found_of(case, self.baseline, ratio, fidelity.right(outputs, labels))

    def _artifacts(self, cases: Sequence[Case]) -> dict[str, Artifact]:
        """What these are measured with, by id; raises Skipped or Failed."""
        missing = [case for case in cases if case.id not in self._prepared]
        self._prepared |= prepare_all(missing, self.machine, lambda *_: None)
        artifacts = {}
        for case in cases:
            made = self._prepared[case.id]
            if made.artifact is None or made.status != "measured":
                raise _ended(made.status, made.reason)
            artifacts[case.id] = made.artifact
        return artifacts


def _ended(status: Status, reason: str | None) -> Skipped | Failed:
    """Why there is no measurement; what can only be built here is as good as skipped."""
    return Failed(reason) if status == "failed" else Skipped(reason)


def study_of(storage: BaseStorage, cases: Sequence[Case], seed: int) -> optuna.Study:
    """The study of these cases, new or gone on with; OptionError if it is of others."""
    name = f"{cases[0].scenario.name}/deploy/{seed}"
    study = optuna.create_study(
        storage=storage, study_name=name, directions=["minimize", "maximize"], load_if_exists=True
    )
    cells = {key: list(of) for key, of in _choices(cases).items()}
    if study.user_attrs.setdefault(CELLS, cells) != cells:
        msg = (
            f"the study {name} in this storage is of other cells: the scenario, --case or what "
            "this machine can run has changed; nothing was touched: name another --storage"
        )
        raise OptionError(msg)
    study.set_user_attr(CELLS, cells)
    begun = len(study.get_trials(deepcopy=False))  # a sampler starts anew: no draws again
    draws = (seed + begun) % SEEDS
    study.sampler = optuna.samplers.TPESampler(seed=draws, n_startup_trials=STARTUP)
    return study


def _space(cases: Sequence[Case]) -> dict[str, BaseDistribution]:
    """What the cases differ in, as Optuna takes it."""
    return {name: CategoricalDistribution(of) for name, of in _choices(cases).items()}


def _choices(cases: Sequence[Case]) -> dict[str, tuple[str | int, ...]]:
    """Of every parameter, in the order of the cases."""
    cells = [cell_of(case) for case in cases]
    return {name: tuple(dict.fromkeys(cell[name] for cell in cells)) for name in cells[0]}


def cell_of(case: Case) -> Cell:
    """What a case is chosen by."""
    return {
        "variant": case.variant,
        "engine": case.engine,
        "precision": case.precision,
        "batch_size": case.batch_size,
        "threads": case.threads,
    }


def _key(cell: Mapping[str, object]) -> str:
    return "/".join(f"{name}={cell[name]}" for name in sorted(cell))


def _pair(baseline: Case, case: Case) -> tuple[Case, ...]:
    return (baseline,) if case.id == baseline.id else (baseline, case)


def _found(trial: FrozenTrial) -> Found | None:
    kept = trial.user_attrs.get(FOUND)
    return Found(**kept) if kept else None


def _found_of(case: Case, baseline: Case, ratio: Ratio | None, right: NDArray[np.bool_]) -> Found:
    """From the time of a batch to that of a sample, and half of the images kept back."""
    kept_back = _kept_back(len(right))
    samples = baseline.batch_size / case.batch_size
    low, high = (ratio.low, ratio.high) if ratio else (None, None)
    return Found(
        case=case.id,
        time=samples * (ratio.value if ratio else 1.0),
        time_low=None if low is None else samples * low,
        time_high=None if high is None else samples * high,
        accuracy=float(right[~kept_back].mean()),
        held_out=float(right[kept_back].mean()),
    )


def _kept_back(images: int) -> NDArray[np.bool_]:
    """Half of them, always the same; not every other one, as classes may stand in turns."""
    chosen = np.zeros(images, dtype=np.bool_)
    chosen[np.random.default_rng(0).permutation(images)[: images // 2]] = True
    return chosen
