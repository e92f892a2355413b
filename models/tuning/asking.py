"""Optuna's samplers on a task: they are asked for configurations and told the scores.

A sampler's memory is not stored. A search that goes on starts its sampler anew with the same seed;
what it proposes then has been evaluated before and costs nothing, so it comes to be where it was.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import optuna
from optuna.trial import TrialState, create_trial

from models.errors import ModelError
from models.tuning.space import key

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

    from models.tuning.task import Task
    from models.tuning.trial import Found, Trial

STARTUP = 4  # random trials first; Optuna's 10 would leave a small budget to chance alone
REPEATS = 50  # proposals in a row that are nothing new: then the search has come to its end


def tpe(task: Task) -> BaseSampler:
    """The tree-structured Parzen estimator, which other processes of the search may run beside."""
    return optuna.samplers.TPESampler(seed=task.seed, n_startup_trials=STARTUP, constant_liar=True)


def propose(task: Task, sampler: BaseSampler, pruner: BasePruner | None = None) -> None:
    """Search until the budget is spent, all is tried, or the sampler only repeats itself."""
    memory = optuna.create_study(
        study_name=task.study.name,  # Hyperband deals trials to its brackets by this name
        direction="maximize",
        sampler=sampler,
        pruner=pruner or optuna.pruners.NopPruner(),
    )
    _Conversation(task, memory).hold()


class _Conversation:
    """The sampler's memory, and what is still to be told to it."""

    def __init__(self, task: Task, memory: optuna.Study) -> None:
        self._task = task
        self._memory = memory
        self._splits = task.splits()
        self._proposals = task.space.proposals()
        self._told: set[str] = set()  # configurations that the sampler knows the score of
        self._elsewhere: dict[str, optuna.Trial] = {}  # that other processes are evaluating
        self._stored = {key(one.configuration) for one in task.study.trials() if one.found}
        self._thought_s = 0.0

    def hold(self) -> None:
        """Ask and tell."""
        repeats = 0
        while repeats < REPEATS and len(self._told) != self._task.space.size:
            start_s = time.process_time()
            asked = self._memory.ask(self._proposals)
            self._thought_s += time.process_time() - start_s
            repeats = 0 if self._answered(asked) else repeats + 1

    def _answered(self, asked: optuna.Trial) -> bool:
        """Whether the proposal was something new to the sampler."""
        configuration = self._task.space.configuration(asked.params)
        name = key(configuration)
        new = name not in self._told | self._elsewhere.keys()
        if known := self._task.finished(configuration):
            if new and name in self._stored:  # which has what it took to think of it
                self._thought_s = 0.0
            self._tell(asked, name, known.found)
            return new
        if new and self._learn():  # other processes know more: think again
            self._memory.tell(asked, state=TrialState.FAIL)
            return True
        found = self._task.evaluate(
            configuration,
            self._splits,
            thought_s=self._thought_s,
            watch=lambda step, score: _goes_badly(asked, step, score),
        )
        if found:
            self._thought_s = 0.0
            self._memory.tell(asked, *_outcome(found))
            self._told.add(name)
        elif new:
            self._elsewhere[name] = asked  # stays running in the sampler's eyes
        else:
            self._memory.tell(asked, state=TrialState.FAIL)
        return new

    def _tell(self, asked: optuna.Trial, name: str, found: Found | None) -> None:
        if found is None:
            return
        for step, score in found.steps.items():
            _goes_badly(asked, step, score)  # what a pruner remembers, it writes when it is asked
        self._memory.tell(asked, *_outcome(found))
        self._told.add(name)

    def _learn(self) -> bool:
        """Tell the sampler what other processes have found; whether there was anything."""
        trials = {key(one.configuration): one for one in self._task.study.trials() if one.found}
        unknown = [name for name in trials if name not in self._told]
        for name in unknown:
            waiting = self._elsewhere.pop(name, None)
            if waiting:
                self._tell(waiting, name, trials[name].found)
            else:
                self._memory.add_trial(_as_told(self._task, trials[name]))
                self._told.add(name)
        return bool(unknown)


def _goes_badly(asked: optuna.Trial, step: int, score: float) -> bool:
    asked.report(score, step)
    return asked.should_prune()


def _outcome(found: Found) -> tuple[float | None, TrialState]:
    return (None, TrialState.PRUNED) if found.pruned else (found.score, TrialState.COMPLETE)


def _as_told(task: Task, trial: Trial) -> optuna.trial.FrozenTrial:
    if trial.found is None:
        msg = f"{task.study.name}: trial {trial.number} has no result"
        raise ModelError(msg)
    value, state = _outcome(trial.found)
    return create_trial(
        state=state,
        value=value,
        params=task.space.proposed(trial.configuration),
        distributions=task.space.proposals(),
        intermediate_values=dict(trial.found.steps),
    )
