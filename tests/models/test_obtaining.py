"""Weights that are shipped, kept, waited for, or made."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from models import ModelError, Weights, checkpoint, making, obtain, teaching
from models.files import file_in
from models.making import Made
from models.obtaining import content_key, find, remake
from models.possible import training
from models.teaching import Taught
from models.work import asking_share
from tests.models.made import recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models import Recipe


class Maker:
    """Stands in for training: notes what it is asked, and what it starts from."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []

    def __call__(
        self,
        made: Recipe,
        parent: Weights | None,
        report: Callable[[float], None],
        *,
        taught: Taught | None = None,
        **_: object,
    ) -> Made:
        teacher = taught.teacher if taught else None
        start = " taught by ".join(other.path.read_text() for other in (parent, teacher) if other)
        self.asked.append((made.name, start or None))
        report(0.5)
        return Made(content=made.name.encode(), how={"accuracy": 0.25, "command": "…"})


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch, nothing_shipped: Path) -> Maker:
    assert not nothing_shipped.exists()
    fake = Maker()
    monkeypatch.setattr(making, "make", fake)
    monkeypatch.setattr(teaching, "ask", _asked)
    return fake


def _asked(made: Recipe, teacher: Weights, _: Path, report: Callable[[float], None]) -> Taught:
    report(0.5)
    plan = training(made)
    assert plan
    return Taught(teacher=teacher, answers=torch.empty(0), plan=plan)


def test_weights_are_found_under_another_spelling_of_their_name(cache: Path, maker: Maker) -> None:
    first = obtain(recipe("prune_structured@ratio=0.5,importance=l1"), cache)
    asked = len(maker.asked)
    assert obtain(recipe("prune_structured@importance=l1,ratio=0.5"), cache) == first
    assert find(recipe("prune_structured@importance=l1"), cache) == first
    assert len(maker.asked) == asked
    assert find(recipe("prune_structured@importance=l2"), cache) is None


def test_weights_are_made_once_and_then_kept(cache: Path, maker: Maker) -> None:
    first, again = obtain(recipe("dense"), cache), obtain(recipe("dense"), cache)
    assert first == again
    assert (first.shipped, first.accuracy) == (False, 0.25)
    assert first.path.is_relative_to(cache)
    assert maker.asked == [("simple_cnn+dense", None)]


def test_pruned_weights_start_from_what_comes_before(cache: Path, maker: Maker) -> None:
    obtain(recipe("half_width", "prune_structured", "prune_unstructured"), cache)
    assert maker.asked == [
        ("simple_cnn+half_width", None),
        ("simple_cnn+half_width+prune_structured", "simple_cnn+half_width"),
        (
            "simple_cnn+half_width+prune_structured+prune_unstructured",
            "simple_cnn+half_width+prune_structured",
        ),
    ]


def test_shipped_weights_come_first(cache: Path, maker: Maker, nothing_shipped: Path) -> None:
    remake(recipe("grouped@groups=2"), nothing_shipped)
    weights = obtain(recipe("grouped"), cache)
    assert weights.shipped
    assert weights.path == file_in(nothing_shipped, recipe("grouped@groups=2"))
    assert len(maker.asked) == 1


def test_shipped_weights_that_changed_are_an_error_not_remade(
    cache: Path, maker: Maker, nothing_shipped: Path
) -> None:
    path = remake(recipe("dense"), nothing_shipped).path
    path.write_bytes(b"other")
    with pytest.raises(ModelError, match=r"its sha256 is .*git checkout"):
        obtain(recipe("dense"), cache)
    assert len(maker.asked) == 1


@pytest.mark.parametrize("damage", [".safetensors", ".json"])
def test_damaged_kept_weights_are_made_anew(cache: Path, maker: Maker, damage: str) -> None:
    path = obtain(recipe("dense"), cache).path
    path.with_suffix(damage).write_bytes(b"")
    assert obtain(recipe("dense"), cache).path.read_text() == "simple_cnn+dense"
    assert len(maker.asked) == 2


def test_what_is_done_is_reported(cache: Path, maker: Maker) -> None:
    reports: list[tuple[str, float]] = []
    obtain(recipe("prune_structured"), cache, lambda label, share: reports.append((label, share)))
    assert len(maker.asked) == 2
    assert reports == [
        ("training simple_cnn+dense", 0.5),
        ("fine-tuning simple_cnn+prune_structured", 0.5),
    ]


def test_asking_the_teacher_is_a_part_of_what_is_done(cache: Path, maker: Maker) -> None:
    reports: list[tuple[str, float]] = []
    pupil = recipe("half_width", "distill@teacher=mlp")
    obtain(pupil, cache, lambda label, share: reports.append((label, share)))
    assert len(maker.asked) == 2
    asking = asking_share(pupil)
    assert reports == [
        ("training mlp+dense", 0.5),
        ("asking mlp+dense to teach simple_cnn+half_width+distill@teacher=mlp", asking / 2),
        ("training simple_cnn+half_width+distill@teacher=mlp", asking + (1 - asking) / 2),
    ]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_training_leaves_no_weights(
    error: type[BaseException], cache: Path, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    dense = obtain(recipe("dense"), cache)

    def interrupted(*_: object, **__: object) -> Made:
        raise error

    monkeypatch.setattr(making, "make", interrupted)
    with pytest.raises(error):
        obtain(recipe("prune_structured"), cache)
    assert find(recipe("prune_structured"), cache) is None
    assert find(recipe("dense"), cache) == dense
    assert [p.name for p in cache.rglob("*.safetensors")] == [dense.path.name]
    monkeypatch.setattr(making, "make", maker)
    obtain(recipe("prune_structured"), cache)  # the lock is free again


def test_of_two_at_once_one_makes_and_the_other_waits(
    cache: Path, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    making_now, waiting = threading.Event(), threading.Event()

    def slow(
        made: Recipe,
        parent: Weights | None,
        report: Callable[[float], None],
        *,
        taught: Taught | None,
        **_: object,
    ) -> Made:
        making_now.set()
        assert waiting.wait(timeout=10)
        return maker(made, parent, report, taught=taught)

    monkeypatch.setattr(making, "make", slow)
    results: list[Weights] = []
    first = threading.Thread(target=lambda: results.append(obtain(recipe("dense"), cache)))
    first.start()
    assert making_now.wait(timeout=10)

    def heard(label: str, _: float) -> None:
        assert label == "waiting for simple_cnn+dense"
        waiting.set()

    results.append(obtain(recipe("dense"), cache, heard))
    first.join()
    assert results[0] == results[1]
    assert len(maker.asked) == 1


def test_a_teacher_is_obtained_first_and_the_student_starts_from_its_own_parent(
    cache: Path, maker: Maker
) -> None:
    obtain(recipe("prune_structured", "distill@teacher=deep_cnn"), cache)
    assert maker.asked == [
        ("simple_cnn+dense", None),
        ("deep_cnn+dense", None),
        (
            "simple_cnn+prune_structured+distill@teacher=deep_cnn",
            "simple_cnn+dense taught by deep_cnn+dense",
        ),
    ]


def test_what_is_only_held_otherwise_has_the_weights_of_what_it_is_made_of(
    cache: Path, maker: Maker
) -> None:
    held = recipe("half_width", "channels_last")
    assert find(held, cache) is None
    weights = obtain(held, cache)
    assert maker.asked == [("simple_cnn+half_width", None)]
    assert weights == obtain(recipe("half_width"), cache) == find(held, cache)
    assert content_key(held) == content_key(recipe("half_width"))


def test_what_is_only_held_otherwise_cannot_be_remade(cache: Path, maker: Maker) -> None:
    with pytest.raises(ModelError, match=r"no weights of its own.*make simple_cnn\+half_width$"):
        remake(recipe("half_width", "channels_last"), cache)
    assert not maker.asked


def test_another_teacher_makes_another_student(maker: Maker, nothing_shipped: Path) -> None:
    student = recipe("half_width", "distill")
    key = content_key(student)
    remake(recipe("dense", family="resnet8"), nothing_shipped)
    assert content_key(student) != key
    assert len(maker.asked) == 1


def test_spellings_share_a_key_and_differences_do_not(maker: Maker, nothing_shipped: Path) -> None:
    key = content_key(recipe("prune_structured"))
    assert content_key(recipe("prune_structured@ratio=0.5")) == key
    assert content_key(recipe("prune_structured@ratio=0.4")) != key
    assert content_key(recipe("prune_structured", dataset="fashion_mnist")) != key
    remake(recipe("dense"), nothing_shipped)
    assert content_key(recipe("prune_structured")) != key  # it would start from other weights
    assert len(maker.asked) == 1


def test_a_seed_of_its_own_makes_weights_of_its_own_and_so_of_what_it_starts_from(
    cache: Path, maker: Maker, nothing_shipped: Path
) -> None:
    remake(recipe("dense"), nothing_shipped)
    other = replace(recipe("prune_structured"), seed=1)
    weights = obtain(other, cache)
    assert not weights.shipped
    assert maker.asked == [
        ("simple_cnn+dense", None),
        ("simple_cnn+dense", None),
        ("simple_cnn+prune_structured", "simple_cnn+dense"),
    ]
    assert find(recipe("prune_structured"), cache) is None
    assert other.title == "digits/simple_cnn+prune_structured, seed 1"


@pytest.mark.usefixtures("quick", "nothing_shipped")
def test_a_killed_training_goes_on_and_leaves_no_trace(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "EVERY_S", 0.0)

    def killed(_label: str, share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        obtain(recipe("half_width"), cache, killed)
    (unfinished,) = (cache / "unfinished").rglob("*.pt")
    shares: list[float] = []
    weights = obtain(recipe("half_width"), cache, lambda _, share: shares.append(share))
    assert min(shares) > 0.5
    assert not unfinished.exists()
    assert (
        weights.path.read_bytes() == making.make(recipe("half_width"), None, lambda _: None).content
    )
