from __future__ import annotations

import platform
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from models.errors import ModelError
from models.tuning import study
from models.tuning.storage import open_storage
from models.tuning.study import Study
from models.tuning.trial import Found
from tests.models.tuning.fake import SPACE

if TYPE_CHECKING:
    from models.tuning.space import Configuration

CONFIGURATION: Configuration = {"depth": 1, "split": 2, "steps": 4}
FOUND = Found(
    fold_scores=(0.5, 0.7, 0.6),
    fold_seconds=(1.0, 1.0, 1.0),
    cpu_s=2.0,
    thought_s=0.5,
    steps={1: 0.25, 2: 0.5},
)


def opened(path: Path, fingerprint: str = "x") -> Study:
    return Study(open_storage(path), "digits/tpe/0", SPACE, fingerprint)


def test_what_was_found_is_read_back_as_it_was(tmp_path: Path) -> None:
    one = opened(tmp_path / "journal")
    claimed = one.claim(CONFIGURATION, None)
    assert claimed
    one.finish(claimed[0], FOUND)
    (trial,) = opened(tmp_path / "journal").trials()
    assert trial.found == FOUND
    assert trial.whole
    assert trial.configuration == CONFIGURATION


def test_a_configuration_is_claimed_once_for_each_number_of_rows(tmp_path: Path) -> None:
    first, second = opened(tmp_path / "journal"), opened(tmp_path / "journal")
    assert first.claim(CONFIGURATION, None)
    assert second.claim(CONFIGURATION, None) is None
    assert second.claim(CONFIGURATION, 30)


def test_of_two_that_claim_at_once_the_lower_number_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second looks before the first has written, and writes after it."""
    first, second = opened(tmp_path / "journal"), opened(tmp_path / "journal")
    look, seen = study._taken, list[bool]()

    def late(trials: object, wanted: str) -> bool:
        seen.append(True)
        if len(seen) > 1:
            return look(trials, wanted)  # type: ignore[arg-type]
        monkeypatch.setattr(study, "_taken", look)
        assert first.claim(CONFIGURATION, None)
        monkeypatch.setattr(study, "_taken", late)
        return False

    monkeypatch.setattr(study, "_taken", late)
    assert second.claim(CONFIGURATION, None) is None
    assert [one.state for one in first.trials()] == ["running", "failed"]


def test_the_trial_of_a_process_that_is_gone_may_be_claimed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = opened(tmp_path / "journal")
    monkeypatch.setattr(dead, "_owner", f"{platform.node()}:999999999:1")
    assert dead.claim(CONFIGURATION, None)
    other = opened(tmp_path / "journal")
    assert other.trials()[0].reason == "its process is gone"
    assert other.claim(CONFIGURATION, None)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Linux alone counts ticks")
def test_a_process_lives_however_the_clock_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The defect: psutil adds when the system booted, which moves with the clock."""
    living = opened(tmp_path / "journal")
    assert living.claim(CONFIGURATION, None)
    moved = psutil.Process().create_time() + 3600.0
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: moved)
    (seen,) = opened(tmp_path / "journal").trials()
    assert seen.state == "running"


def test_a_process_is_told_by_its_ticks_whatever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "PROC", tmp_path)
    for pid, ticks in (("self", 1), ("7", 4711)):
        (tmp_path / pid).mkdir()
        fields = " ".join(map(str, range(4, 22)))
        (tmp_path / pid / "stat").write_text(f"{pid} (a) b (c)) S {fields} {ticks} 23 24\n")
    assert study._started(7) == "/4711"
    assert study._started(8) == "never"
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("first\n")
    assert study._started(7) == "first/4711"  # another boot counts from nothing again


def test_without_such_an_account_psutil_says_when_it_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study, "PROC", tmp_path)
    me = psutil.Process()
    assert study._started(me.pid) == f"{me.create_time():.0f}"
    assert study._started(999999999) == "never"


@pytest.mark.parametrize(("beyond_s", "state"), [(-60.0, "running"), (60.0, "failed")])
def test_a_trial_of_another_machine_is_given_up_after_its_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beyond_s: float, state: str
) -> None:
    """By seconds since 1970, which are the same in every zone."""
    elsewhere = opened(tmp_path / "journal")
    monkeypatch.setattr(elsewhere, "_owner", "another-machine:1:2")
    begun_s = time.time() - study.LEASE_S - beyond_s
    with monkeypatch.context() as then:
        then.setattr(time, "time", lambda: begun_s)
        assert elsewhere.claim(CONFIGURATION, None)
    (seen,) = opened(tmp_path / "journal").trials()
    assert seen.state == state


def test_another_scenario_of_that_name_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    assert opened(tmp_path / "journal").claim(CONFIGURATION, None)
    with pytest.raises(ModelError, match=r"digits/tpe/0 is of another scenario"):
        opened(tmp_path / "journal", "y")
    assert len(opened(tmp_path / "journal").trials()) == 1
