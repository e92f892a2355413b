"""What is known about one case after a run: the Record, and the Quantities in it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from results import gpu_state
from results.fields import Fields, RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from results.gpu_state import GpuState

OF_CLASS = "accuracy_class_"  # and the class's number: metrics of one class's images
INTERRUPTED = "interrupted after"  # begins the reason of a case that Ctrl-C stopped too early
SCHEMA = 1  # raised when a stored run of an older suite can no longer be read as it is

Status = Literal["measured", "built", "skipped", "failed"]
Outcome = Literal[Status, "interrupted"]
Better = Literal["lower", "higher", "neither"]

__all__ = [
    "INTERRUPTED",
    "OF_CLASS",
    "SCHEMA",
    "Block",
    "CaseKey",
    "Metric",
    "Quantity",
    "Record",
    "RecordError",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a number means: its name ends in its unit, except for counts and ratios."""

    name: str  # "latency_p50_s"
    unit: str  # "s", "B", "J", "1/s", or "" for counts and ratios
    better: Better


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One measured number. What was not measured has no Quantity; it is never 0.0."""

    metric: Metric
    value: float
    low: float | None = None  # 95 % interval, where the method gives one
    high: float | None = None
    n: int | None = None  # how many values it was computed from


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseKey:
    """Which case: the names that make its id, never objects."""

    id: str  # "digits-cnn/simple_cnn+dense/eager-fp32/b1"
    scenario: str
    model: str
    techniques: tuple[str, ...]  # ("prune_structured@ratio=0.5",)
    engine: str
    precision: str
    device: str  # "cpu", "cuda:0"
    batch_size: int
    threads: int
    is_baseline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Iterations of one worker run back to back while every other worker waited."""

    replicate: int  # which process
    round: int  # which turn of the group within the replicate
    position: int  # when in that round, 0 first: neighbours differ by one
    iterations: int  # how many the durations cover; more than their number if timed together
    durations_s: tuple[float, ...]  # of each iteration, or the block's mean if timed together
    gpu: GpuState | None = None  # while it ran; None on a CPU, and where NVML tells nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Everything known of one case in one run; stored as extra_info["record"]."""

    case: CaseKey
    status: Status
    reason: str | None = None  # why it is not "measured"
    quantities: tuple[Quantity, ...] = ()
    facts: Mapping[str, str] = field(
        default_factory=dict
    )  # clock, boundary, provider, threads, ...
    blocks: tuple[Block, ...] = ()
    yardstick_blocks: tuple[Block, ...] = ()  # of the group's yardstick, on its baseline only
    predictions: str | None = None  # of each image, see results/judging; None without labels
    notes: tuple[str, ...] = ()

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C stopped it before it had an interval: it did not fail by itself."""
        return self.status == "failed" and (self.reason or "").startswith(INTERRUPTED)

    @property
    def outcome(self) -> Outcome:
        """The status as people are told it."""
        return "interrupted" if self.is_interrupted else self.status

    @property
    def ending(self) -> str:
        """Why it is not measured: "failed: no memory", "interrupted after 1 of 5 replicates"."""
        reason = self.reason or "no reason was recorded"
        return reason if self.is_interrupted else f"{self.status}: {reason}"

    def value(self, metric: str) -> float | None:
        """The value of a metric by name, or None if it was not measured."""
        quantity = self.quantity(metric)
        return None if quantity is None else quantity.value

    def quantity(self, metric: str) -> Quantity | None:
        """The Quantity of a metric by name, or None if it was not measured."""
        return next((q for q in self.quantities if q.metric.name == metric), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON; `from_dict` reads it back to an equal Record."""
        data = {"schema": SCHEMA, **asdict(self)}
        if self.predictions is None:  # as in runs of before they were kept
            del data["predictions"]
        for block in (*data["blocks"], *data["yardstick_blocks"]):
            if block["gpu"] is None:
                del block["gpu"]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Record:
        """Read `as_dict` back; a RecordError names the key that is wrong and what was allowed.

        Every key that `as_dict` writes must be there, as no run is written by hand. Other keys are
        ignored: a later suite of the same schema may add what this one does not need.
        """
        fields = Fields(data, "record")
        schema = fields.count("schema")
        if schema != SCHEMA:
            msg = (
                f"record: schema is {schema}, this suite reads {SCHEMA}; use the one that wrote it"
            )
            raise RecordError(msg)
        return cls(
            case=_case(fields.inner("case")),
            status=fields.one_of("status", ("measured", "built", "skipped", "failed")),
            reason=fields.optional_text("reason"),
            quantities=tuple(_quantity(each) for each in fields.inners("quantities")),
            facts=fields.texts_by_name("facts"),
            blocks=tuple(read_block(each) for each in fields.inners("blocks")),
            yardstick_blocks=tuple(read_block(each) for each in fields.inners("yardstick_blocks")),
            predictions=fields.text("predictions") if "predictions" in data else None,
            notes=fields.texts("notes"),
        )


def _case(fields: Fields) -> CaseKey:
    return CaseKey(
        id=fields.text("id"),
        scenario=fields.text("scenario"),
        model=fields.text("model"),
        techniques=fields.texts("techniques"),
        engine=fields.text("engine"),
        precision=fields.text("precision"),
        device=fields.text("device"),
        batch_size=fields.count("batch_size"),
        threads=fields.count("threads"),
        is_baseline=fields.flag("is_baseline"),
    )


def _quantity(fields: Fields) -> Quantity:
    metric = fields.inner("metric")
    return Quantity(
        metric=Metric(
            name=metric.text("name"),
            unit=metric.text("unit", may_be_empty=True),
            better=metric.one_of("better", ("lower", "higher", "neither")),
        ),
        value=fields.number("value"),
        low=fields.optional_number("low"),
        high=fields.optional_number("high"),
        n=fields.optional_count("n"),
    )


def read_block(fields: Fields) -> Block:
    """A Block back from its dataclasses.asdict; a RecordError names the key that is wrong."""
    return Block(
        replicate=fields.count("replicate"),
        round=fields.count("round"),
        position=fields.count("position"),
        iterations=fields.count("iterations"),
        durations_s=fields.durations_s("durations_s"),
        gpu=gpu_state.read(fields.inner("gpu")) if fields.has("gpu") else None,
    )
