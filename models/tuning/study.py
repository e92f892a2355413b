"""A study: the trials of one search, in an Optuna storage that several processes share.

Each trial is claimed by creating it, which the storage numbers; of two processes that claim the
same configuration the lower number has it. A process that was killed leaves a trial that is still
running; it counts as failed as soon as another process sees that its owner is gone.
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from optuna.exceptions import DuplicatedStudyError, UpdateFinishedTrialError
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

from models.errors import ModelError
from models.tuning.space import Space, key
from models.tuning.trial import Found, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

    from models.tuning.space import Configuration
    from models.tuning.trial import State

LEASE_S = 6 * 3600.0  # far above any trial: then one of another machine is taken for dead
FINGERPRINT = "fingerprint"  # the note of a study that says which searches may stand in it
GONE = "its process is gone"
PROC = Path("/proc")  # Linux's own account of its processes


class Study:
    """The trials of one searcher with one seed."""

    def __init__(self, storage: BaseStorage, name: str, space: Space, fingerprint: str) -> None:
        self._storage = storage
        self.name = name
        self.space = space
        self._id = _opened(storage, name, fingerprint)
        self._owner = f"{platform.node()}:{os.getpid()}:{_started(os.getpid())}"

    def trials(self) -> list[Trial]:
        """All of them by number; those of processes that are gone have failed."""
        return [self._seen(one) for one in self._storage.get_all_trials(self._id, deepcopy=False)]

    def claim(
        self, configuration: Configuration, rows: int | None
    ) -> tuple[int, list[Trial]] | None:
        """The id of a new trial, and those before it; None if another process has or had it."""
        wanted = key(configuration, rows)
        if _taken(self.trials(), wanted):
            return None
        template = create_trial(
            state=TrialState.RUNNING,
            params=configuration,
            distributions=self.space.distributions(),
            # Optuna's own start is local time, of a zone that nobody names.
            user_attrs={"owner": self._owner, "begun_s": time.time(), "rows": rows},
        )
        trial_id = self._storage.create_new_trial(self._id, template_trial=template)
        number = self._storage.get_trial(trial_id).number
        before = [one for one in self.trials()[:number] if one.state != "failed"]
        if _taken(before, wanted):  # by a process that was a moment faster
            self.fail(trial_id, "another process has it")
            return None
        return trial_id, before

    def finish(self, trial_id: int, found: Found) -> None:
        """Enter what was found; from then on it survives anything."""
        self._storage.set_trial_user_attr(trial_id, "found", found.as_dict())
        if found.pruned:
            self._storage.set_trial_state_values(trial_id, TrialState.PRUNED)
        else:
            self._storage.set_trial_state_values(trial_id, TrialState.COMPLETE, [found.score])

    def fail(self, trial_id: int, reason: str) -> None:
        """Give a claimed trial back: its configuration may be claimed again."""
        with contextlib.suppress(UpdateFinishedTrialError):  # another process saw it first
            self._storage.set_trial_user_attr(trial_id, "reason", reason)
            self._storage.set_trial_state_values(trial_id, TrialState.FAIL)

    def note(self, name: str, value: object) -> None:
        """Keep something about the whole study."""
        self._storage.set_study_user_attr(self._id, name, value)

    def noted(self, name: str) -> Any:  # noqa: ANN401 - whatever was noted
        """What was kept under a name; None if nothing was."""
        return self._storage.get_study_user_attrs(self._id).get(name)

    def _seen(self, frozen: FrozenTrial) -> Trial:
        state, reason = _state(frozen), frozen.user_attrs.get("reason")
        if state == "running" and _is_gone(frozen):
            number = frozen.number
            trial_id = self._storage.get_trial_id_from_study_id_trial_number(self._id, number)
            self.fail(trial_id, GONE)
            state, reason = "failed", GONE
        found = frozen.user_attrs.get("found")
        return Trial(
            number=frozen.number,
            state=state,
            configuration=frozen.params,
            rows=frozen.user_attrs["rows"],
            found=Found.of(found) if found and state in {"complete", "pruned"} else None,
            reason=reason,
        )


def _taken(trials: Iterable[Trial], wanted: str) -> bool:
    live = (one for one in trials if one.state != "failed")
    return any(key(one.configuration, one.rows) == wanted for one in live)


def _state(frozen: FrozenTrial) -> State:
    names: dict[str, State] = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}
    return names.get(frozen.state.name, "running")


def _is_gone(frozen: FrozenTrial) -> bool:
    host, pid, started = str(frozen.user_attrs["owner"]).rsplit(":", 2)
    if host == platform.node():
        return _started(int(pid)) != started
    begun_s = float(frozen.user_attrs.get("begun_s", 0.0))  # earlier versions did not say it
    return time.time() - begun_s > LEASE_S


def _started(pid: int) -> str:
    """When a process was started: a number that was given away twice is told apart by it.

    Where Linux counts ticks since it booted, it is those, with which boot that was: psutil's time
    of day moves when the system's clock is set, and then a process that lives would seem gone.
    """
    try:
        if (PROC / "self/stat").exists():
            return f"{_boot()}/{_ticks(PROC / str(pid) / 'stat')}"
        return f"{psutil.Process(pid).create_time():.0f}"
    except (FileNotFoundError, ProcessLookupError, psutil.NoSuchProcess):
        return "never"


def _boot() -> str:
    with contextlib.suppress(OSError):  # a container may hide it
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return ""


def _ticks(stat: Path) -> int:
    """Field 22 of proc(5)'s stat; the second is a name, which may have blanks and brackets."""
    return int(stat.read_bytes().rpartition(b")")[2].split()[22 - 3])


def _opened(storage: BaseStorage, name: str, fingerprint: str) -> int:
    try:
        study_id = storage.create_new_study([StudyDirection.MAXIMIZE], study_name=name)
    except DuplicatedStudyError:
        study_id = storage.get_study_id_from_name(name)
    found = storage.get_study_user_attrs(study_id).get(FINGERPRINT)
    if found is None:  # new; or its maker is just about to write the same
        storage.set_study_user_attr(study_id, FINGERPRINT, fingerprint)
    elif found != fingerprint:
        msg = (
            f"the study {name} is of another scenario, or the scenario or its data have changed "
            "since; nothing in it was touched: name another place with --storage"
        )
        raise ModelError(msg)
    return study_id
