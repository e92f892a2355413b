"""`python -m models train`: what it makes, and what it says when it cannot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from models import making, obtain, progress, train_cli
from models.__main__ import main
from models.data import digits
from models.files import file_in, read, write
from models.making import Made
from tests.models.made import recipe

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.usefixtures("quick", "nothing_shipped")
def test_a_named_recipe_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "digits", "simple_cnn", "half_width", "prune_structured@round_to=1"]
    assert main([*arguments, "--to", str(tmp_path / "to")]) == 0
    path = tmp_path / "to/digits/simple_cnn+half_width+prune_structured@round_to=1.safetensors"
    weights = read(path, shipped=False)
    assert weights.how["command"] == f"python -m models {' '.join(arguments)}"
    captured = capsys.readouterr()
    assert captured.out == f"{path}: accuracy {weights.accuracy:.4f}\n"
    assert "fine-tuning simple_cnn+half_width+prune_structured" in captured.err


@pytest.mark.usefixtures("quick", "nothing_shipped")
def test_techniques_may_be_joined_as_tables_and_scenarios_write_them(tmp_path: Path) -> None:
    name = "half_width+prune_structured@round_to=1"
    assert main(["train", "digits", "simple_cnn", name, "--to", str(tmp_path / "to")]) == 0
    assert (tmp_path / f"to/digits/simple_cnn+{name}.safetensors").is_file()


@pytest.mark.parametrize("command", ["train", "seeds"])
def test_what_there_cannot_be_is_refused_before_its_parents_are_trained(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "make", None)  # nothing can be made
    assert main([command, "digits", "resnet8", "prune_blocks"]) == 2
    assert "digits/resnet8+prune_blocks cannot be trained: " in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
def test_shipped_makes_all_that_is_shipped_parents_first(
    nothing_shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["half_width+prune_structured", "half_width", "prune_structured", "dense"]
    for name in names:  # damaged, so that a child can only start from a parent made before it
        write(file_in(nothing_shipped, recipe(*name.split("+"))), b"", {})
    assert main(["train", "--shipped", "--to", str(nothing_shipped)]) == 0
    lines = capsys.readouterr().out.splitlines()
    made = [line.split("simple_cnn+")[1].split(".safetensors")[0] for line in lines]
    assert sorted(made) == sorted(names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits"], "give a data set, a family and its techniques"),
        ([], "--all or --shipped alone"),
        (["--all", "--shipped"], "--all or --shipped alone"),
        (["--all", "digits", "simple_cnn", "dense"], "--all or --shipped alone"),
        (["digits", "simple_cnn"], "give a data set, a family and its techniques"),
        (["digits", "simple_cnn", "dense", "--shipped"], "or --shipped alone"),
        (["digits", "simple_cn", "dense"], "unknown model family 'simple_cn'"),
        (["digits", "simple_cnn", "prune_structured@ratio=2"], "ratio is 2.0, but must be"),
        (["digits", "simple_cnn", "grouped@groups=3"], "groups=3 divides the channels of none"),
    ],
)
def test_a_wrong_request_is_a_message_and_status_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *arguments, "--to", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


@pytest.mark.usefixtures("quick", "nothing_shipped")
def test_the_time_to_go_is_that_of_what_it_starts_from_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[str, str, float]] = []

    def show(label: str, _share: float, total: tuple[str, float]) -> None:
        shown.append((label, *total))

    monkeypatch.setattr(progress, "display", lambda: SimpleNamespace(show=show, close=print))
    to = tmp_path / "to"
    assert main(["train", "digits", "simple_cnn", "prune_structured", "--to", str(to)]) == 0
    labels = list(dict.fromkeys(label for label, _, _ in shown))
    assert labels == [
        "training simple_cnn+dense on digits",
        "fine-tuning simple_cnn+prune_structured on digits",
    ]
    shares = [share for _, _, share in shown]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1] == 1.0
    assert "1 of 2, about 0 s to go" in [total for _, total, _ in shown]
    assert shown[-1][1] == "2 of 2, about 0 s to go"
    assert [path.name for path in to.rglob("*.json")] == ["simple_cnn+prune_structured.json"]


@pytest.mark.usefixtures("quick", "nothing_shipped")
def test_what_is_there_already_is_not_counted_as_time_to_go(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    obtain(recipe("dense"), cache)
    shown: list[tuple[str, float]] = []

    def show(_label: str, _share: float, total: tuple[str, float]) -> None:
        shown.append(total)

    monkeypatch.setattr(progress, "display", lambda: SimpleNamespace(show=show, close=print))
    arguments = ["train", "digits", "simple_cnn", "prune_structured", "--to", str(tmp_path / "to")]
    assert main(arguments) == 0
    assert shown[0][0] == "1 of 1"
    assert shown[-1] == ("1 of 1, about 0 s to go", 1.0)


@pytest.mark.usefixtures("nothing_shipped", "two_variants")
@pytest.mark.parametrize("arguments", [["digits", "simple_cnn", "half_width"], ["--all"]])
def test_an_accuracy_that_nobody_reaches_is_doubted(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = Made(content=b"weights", how={"accuracy": 0.981})
    monkeypatch.setattr(making, "make", lambda *_, **__: made)
    for limit, told in ((0.99, False), (0.97, True)):
        monkeypatch.setattr(digits, "PLAUSIBLE_ACCURACY", limit)
        assert main(["train", *arguments, "--to", str(tmp_path / "to")]) == 0
        words = "warning: digits/simple_cnn+half_width: accuracy 0.9810 is above 0.97, not plaus"
        assert (words in capsys.readouterr().err) is told


@pytest.mark.usefixtures("quick", "nothing_shipped")
def test_an_interruption_says_what_is_kept(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dense = obtain(recipe("dense"), cache)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "make", interrupted)
    to = tmp_path / "to"
    status = main(["train", "digits", "simple_cnn", "prune_structured", "--to", str(to)])
    error = capsys.readouterr().err
    assert status == 130
    assert "of simple_cnn+prune_structured nothing was written" in error
    assert f"What it starts from is kept: {dense.path}" in error
    assert not to.exists()


def test_a_full_disk_is_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "make", full)
    assert main(["train", "digits", "simple_cnn", "dense", "--to", str(tmp_path)]) == 2
    assert "No space left on device" in capsys.readouterr().err


@pytest.mark.usefixtures("two_variants")
@pytest.mark.parametrize("arguments", [["digits", "simple_cnn", "dense"], ["--all"]])
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_made(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(making, "make", None)  # nothing can be made
    (tmp_path / "file").write_text("")
    assert main(["train", *arguments, "--to", str(tmp_path / "file/x")]) == 2
    said = "file/x/digits: cannot be written (Not a directory); name another folder with --to\n"
    assert capsys.readouterr().err.endswith(said)
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "file"))
    assert main(["train", *arguments, "--to", str(tmp_path / "to")]) == 2
    assert "file: the cache cannot be written" in capsys.readouterr().err


@pytest.fixture
def two_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [recipe("half_width", "prune_structured@round_to=1"), recipe("half_width")]
    monkeypatch.setattr(train_cli, "variants", lambda: wanted)


@pytest.mark.usefixtures("quick", "two_variants")
def test_all_is_made_once_and_copied_where_it_is_asked_for(
    nothing_shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--all"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["trained"] * 2
    assert main(["train", "--all", "--to", str(nothing_shipped)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["kept"] * 2
    for path in ("half_width", "half_width+prune_structured@round_to=1"):
        read(nothing_shipped / f"digits/simple_cnn+{path}.safetensors", shipped=True)
    assert main(["train", "--all"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["shipped"] * 2


@pytest.mark.usefixtures("nothing_shipped", "two_variants")
def test_what_failed_is_listed_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        msg = "no such instruction"
        raise RuntimeError(msg)

    monkeypatch.setattr(making, "make", broken)
    assert main(["train", "--all"]) == 1
    end = capsys.readouterr().err
    assert "2 of 2 failed:\n  digits+simple_cnn+half_width: no such instruction\n" in end


@pytest.mark.usefixtures("nothing_shipped", "two_variants")
def test_all_interrupted_says_what_is_kept_and_how_to_go_on(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "make", interrupted)
    assert main(["train", "--all"]) == 130
    said = f"Interrupted: 0 of 2 are shipped or kept in {cache}. The same command goes on"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("technique", ["channels_last", "one_cycle"])
def test_what_has_no_weights_of_its_own_says_whose_it_has(
    technique: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "digits", "simple_cnn", "half_width", technique]) != 0
    assert "has no weights of its own" in (told := capsys.readouterr().err)
    assert "make simple_cnn+half_width" in told


@pytest.mark.usefixtures("quick", "nothing_shipped")
def test_what_has_no_weights_of_its_own_is_refused_before_its_parent_is_trained(
    cache: Path,
) -> None:
    assert main(["train", "digits", "simple_cnn", "prune_structured", "channels_last"]) == 2
    assert not list(cache.rglob("*.safetensors"))


def test_help_lists_what_has_weights(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    told = capsys.readouterr().out
    assert "half_width" in told
    assert "one_cycle" not in told
