"""The row of one case: its record, all that was judged of it, and the public form of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from results.judging import controls, limit, seeds
from results.judging.target import SEEDS, mean_samples
from results.layout.remark import remarks

if TYPE_CHECKING:
    from results.judging.accuracy import Judged
    from results.judging.promise import Promise
    from results.judging.stats import Ratio
    from results.judging.target import Target
    from results.judging.verdict import Verdict
    from results.record import Record

VALUES = (  # metrics that the public form has under their own names
    "throughput_per_s",
    "params",
    "nonzero_params",
    "macs",
    "artifact_bytes",
    "build_s",
    "host_peak_bytes",
    "device_peak_bytes",
    "engine_scratch_bytes",
    "engine_weights_bytes",
    "load_s",
    "first_inference_s",
    "ready_s",
    "cpu_s_per_sample",
    "energy_j_per_sample",
    "accuracy",
)
TRAINING_VALUES = (  # the same of cases that train
    "data_wait_share",
    SEEDS,
    "seeds_reached",
    "seeds_diverged",
    "target_s",
    "accuracy_at_time",
)
COUNTS = ("params", "macs", "bytes", "seeds", "seeds_reached", "seeds_diverged")
WHOLE = {name for name in (*VALUES, *TRAINING_VALUES) if name.endswith(COUNTS)}

GroupKey = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A case as tables show it."""

    record: Record
    ratio: Ratio | None = None  # time over the baseline's; None for the baseline itself
    verdict: Verdict | None = None  # None for the baseline and for what was not measured
    # Fraction of the test set, negative is worse; against the group's baseline.
    accuracy_change: float | None = None
    accuracy_reference: Record | None = None  # the dense network that accuracy is judged by
    accuracy: Judged | None = None  # None where there is nothing to judge by
    by_batch: str | None = None  # a line, if it answers worse than at its best batch size
    promise: Promise | None = None  # None for a dense network, which promises nothing
    ready: Ratio | None = None  # time until the first answer over the baseline's
    ready_verdict: Verdict | None = None
    ready_is_level: bool = True  # no twin of the baseline was ready sooner or later than it
    target: Target | None = None  # None for a case that does not train
    names_model: bool = False  # the scenario has several
    distrust: tuple[str, ...] = ()  # a line for each control of its group that failed

    @property
    def variant(self) -> str:
        """The techniques, after the model where there are several; a twin says that it is one."""
        case = self.record.case
        name = "+".join((case.model, *case.techniques) if self.names_model else case.techniques)
        return f"{name} ({controls.TWIN})" if controls.is_twin(self.record) else name

    @property
    def group(self) -> GroupKey:
        """What the cases measured together share."""
        return group_of(self.record)

    @property
    def accuracy_change_to_dense(self) -> float | None:
        """Fraction of the test set, negative is worse: against what accuracy is judged by."""
        before = self.accuracy_reference.value("accuracy") if self.accuracy_reference else None
        own = self.record.value("accuracy")
        return None if own is None or before is None else own - before

    @property
    def judgement(self) -> str | None:
        """The verdict as readers get it: "untrusted" where a control of the group failed."""
        return self._trusted(self.verdict)

    @property
    def ready_judgement(self) -> str | None:
        """The same of the time until the first answer, which the twin is a control of too."""
        return self._trusted(self.ready_verdict, is_level=self.ready_is_level)

    @property
    def target_judgement(self) -> str | None:
        """The same of the time to a target accuracy."""
        return self._trusted(self.target.verdict) if self.target else None

    def _trusted(self, verdict: Verdict | None, *, is_level: bool = True) -> str | None:
        if verdict is None:
            return None
        settled = verdict.name != "inconclusive"
        doubted = self.distrust or not is_level
        return "untrusted" if doubted and settled else verdict.name

    @property
    def notes(self) -> tuple[str, ...]:
        """All that is said beside the cells, whichever of them are in sight."""
        return tuple(remark.text for remark in remarks(self))

    def as_dict(self) -> dict[str, Any]:
        """The public form: these keys, in this order, and None for what is absent."""
        record, case = self.record, self.record.case
        return {
            "case": case.id,
            "scenario": case.scenario,
            "model": case.model,
            "techniques": list(case.techniques),
            "engine": case.engine,
            "precision": case.precision,
            "device": case.device,
            "batch_size": case.batch_size,
            "threads": case.threads,
            "is_baseline": case.is_baseline,
            "status": record.status,
            "reason": record.reason,
            "latency_p50_s": record.value("latency_p50_s"),
            "latency_p90_s": record.value("latency_p90_s"),
            "latency_p99_s": record.value("latency_p99_s"),
            "clock": record.facts.get("clock"),
            **self._ratio_as_dict(),
            **self._promise_as_dict(),
            **{name: _value(record, name) for name in VALUES},
            **_ends(record, "accuracy"),
            **_seeds(record),
            "of_limit": limit.of_limit(record),
            "of_limit_bytes": limit.of_limit_bytes(record),
            "accuracy_change": self.accuracy_change,
            "accuracy_change_to_dense": self.accuracy_change_to_dense,
            "accuracy_verdict": self.accuracy.name if self.accuracy else None,
            "agreement": record.value("agreement"),
            **_ratio("ready_ratio", self.ready),
            "ready_verdict": self.ready_judgement,
            "verdict": self.judgement,
            **self._training_as_dict(),
            "notes": list(self.notes),
        }

    def _ratio_as_dict(self) -> dict[str, Any]:
        """The ratio; the baseline's to itself is 1 by definition, if it was measured at all."""
        replicates = len({block.replicate for block in self.record.blocks}) or None
        if self.record.case.is_baseline and self.record.status == "measured":
            return {"ratio": 1.0, "ratio_low": 1.0, "ratio_high": 1.0, "replicates": replicates}
        ratio = self.ratio
        return {**_ratio("ratio", ratio), "replicates": ratio.replicates if ratio else replicates}

    def _promise_as_dict(self) -> dict[str, Any]:
        found = self.promise
        return {
            "promised": found.promised if found else None,
            **_ratio("realised", found.realised if found else None),
            "realised_over_promised": found.quotient if found else None,
        }

    def _training_as_dict(self) -> dict[str, Any]:
        return {
            **{name: _value(self.record, name) for name in TRAINING_VALUES},
            **_ends(self.record, "accuracy_at_time"),
            "samples_to_target": mean_samples(self.record),
            **_ratio("target_ratio", self.target.ratio if self.target else None),
            "target_verdict": self.target_judgement,
        }


def group_of(record: Record) -> GroupKey:
    """What the cases measured together share; each such group has one baseline."""
    case = record.case
    return (case.scenario, case.device, case.threads, case.batch_size)


def _ratio(name: str, ratio: Ratio | None) -> dict[str, float | None]:
    return {
        name: ratio.value if ratio else None,
        f"{name}_low": ratio.low if ratio else None,
        f"{name}_high": ratio.high if ratio else None,
    }


def _ends(record: Record, name: str) -> dict[str, float | None]:
    """The 95 % interval of a metric that has one."""
    found = record.quantity(name)
    return {
        f"{name}_low": found.low if found else None,
        f"{name}_high": found.high if found else None,
    }


def _seeds(record: Record) -> dict[str, float | None]:
    found = seeds.spread(record)
    return {
        "accuracy_seeds": found.seeds if found else None,
        "accuracy_seeds_mean": found.mean if found else None,
        "accuracy_seeds_deviation": found.deviation if found else None,
    }


def _value(record: Record, name: str) -> float | None:
    """A metric's value; counts as whole numbers, whatever type they were stored in."""
    value = record.value(name)
    return int(value) if value is not None and name in WHOLE else value
