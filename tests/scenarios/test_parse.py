from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from scenarios import (
    Baseline,
    Budget,
    Matrix,
    ModelSource,
    Scenario,
    ScenarioError,
    Technique,
    Vocabulary,
    load,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Mistakes = Callable[[str], list[str]]

DENSE = Technique(name="dense")
SIMPLE_CNN = ModelSource(kind="family", target="simple_cnn", name="simple_cnn")


def test_a_mark_of_utf_8_at_the_beginning_is_no_part_of_the_scenario(
    smallest: str, words: Vocabulary, tmp_path: Path
) -> None:
    (tmp_path / "t.toml").write_text(smallest.lstrip(), encoding="utf-8-sig")
    assert load(tmp_path / "t.toml", words).summary == "Is the pruned network faster?"


def test_the_smallest_scenario_takes_the_usual_values(
    smallest: str, load_text: Callable[[str], Scenario], tmp_path: Path
) -> None:
    assert load_text(smallest) == Scenario(
        name="t",
        file=tmp_path / "t.toml",
        summary="Is the pruned network faster?",
        default=False,
        task="inference",
        training=None,
        models=(SIMPLE_CNN,),
        dataset="digits",
        inputs=None,
        baseline=Baseline(model=SIMPLE_CNN, techniques=(DENSE,), engine="eager", precision="fp32"),
        budget=Budget(replicates=5, seconds_per_case=2.0, target_width=0.02, time_limit_s=120.0),
        margin=0.01,
        memory_margin=0.02,
        matrices=(
            Matrix(
                section="[matrix]",
                models=(SIMPLE_CNN,),
                techniques=((DENSE,),),
                engines=("eager",),
                precisions=("fp32",),
                batch_sizes=(1,),
                threads=(1,),
            ),
        ),
        device=None,
    )


EVERY_KEY = """
summary = "Every key"
default = true
model = "resnet8"
dataset = "fashion_mnist"
baseline = "half_width+grouped@groups=4/openvino-bf16"
margin = 0.02
[budget]
replicates = 7
seconds_per_case = 1
target_width = 0.05
time_limit_s = 60
[[matrix]]
techniques = ["dense", "half_width+grouped", ["half_width", "prune_structured@ratio=0.3"]]
engines = ["eager", "openvino"]
precisions = ["fp32", "bf16"]
batch_sizes = [1, 64]
threads = [1, 2]
[[matrix]]
techniques = ["dense"]
engines = ["onnxruntime"]
precisions = ["int8"]
batch_sizes = [8]
"""


def test_every_key_is_read(load_text: Callable[[str], Scenario]) -> None:
    scenario = load_text(EVERY_KEY)
    assert scenario.default
    assert scenario.margin == 0.02
    assert str(scenario.baseline) == "resnet8+half_width+grouped@groups=4/openvino-bf16"
    assert asdict(scenario.budget) == {
        "replicates": 7,
        "seconds_per_case": 1.0,
        "target_width": 0.05,
        "time_limit_s": 60.0,
    }
    first, second = scenario.matrices
    names = [[str(technique) for technique in variant] for variant in first.techniques]
    assert names == [
        ["dense"],
        ["half_width", "grouped"],
        ["half_width", "prune_structured@ratio=0.3"],
    ]
    assert (first.engines, first.precisions) == (("eager", "openvino"), ("fp32", "bf16"))
    assert (first.batch_sizes, first.threads) == ((1, 64), (1, 2))
    assert (first.section, second.section) == ("[[matrix]] number 1", "[[matrix]] number 2")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            'baseline = "dense/eager-fp32"',
            "",
            "t.toml: top level: missing key 'baseline'; allowed is one line of text; write for "
            'example baseline = "dense/eager-fp32"',
            id="no_baseline",
        ),
        pytest.param(
            "dense/eager-fp32",
            "dense on eager",
            "t.toml: top level: baseline: 'dense on eager' is not allowed; allowed is "
            "techniques/engine-precision, with model+ in front where there are several models; "
            'write for example baseline = "dense/eager-fp32"',
            id="baseline_without_engine",
        ),
        pytest.param(
            "dense/eager-fp32",
            "dense/eagle-fp32",
            "t.toml: top level: baseline: unknown engine 'eagle'; allowed are eager, onnxruntime, "
            "openvino, torch_compile; did you mean 'eager'?",
            id="baseline_engine",
        ),
        pytest.param(
            "dense/eager-fp32",
            "dens/eager-fp32",
            "t.toml: top level: baseline: unknown technique 'dens'; allowed are dense, grouped, "
            "half_width, prune_structured, prune_unstructured, quirky; did you mean 'dense'?",
            id="baseline_technique",
        ),
        pytest.param(
            "batch_sizes = [1]",
            'batch_sizes = [1]\nprecisions = ["int4"]',
            "t.toml: [matrix]: precisions: 'int4' is not allowed; allowed is one of bf16, fp32, "
            "int8; did you mean 'int8'?",
            id="unknown_precision",
        ),
        pytest.param(
            '["dense"]',
            '["dense", 5]',
            "t.toml: [matrix]: techniques: 5 is not allowed; allowed is the name of a technique, "
            'or a list of them; write for example techniques = ["dense"]',
            id="number_for_a_technique",
        ),
        pytest.param(
            '["dense"]',
            "[[]]",
            "t.toml: [matrix]: techniques: an empty list is not allowed; allowed is the name of a "
            'technique, or a list of them; write for example techniques = ["dense"]',
            id="empty_composition",
        ),
        pytest.param(
            '["dense"]',
            '[["half_width", 3]]',
            "t.toml: [matrix]: techniques: a list with 3 in it is not allowed; allowed is the name "
            'of a technique, or a list of them; write for example techniques = ["dense"]',
            id="number_in_a_composition",
        ),
        pytest.param(
            '"digits"',
            '"digit"',
            "t.toml: top level: dataset: 'digit' is not allowed; allowed is one of digits, "
            "fashion_mnist; did you mean 'digits'?",
            id="unknown_dataset",
        ),
        pytest.param(
            'dataset = "digits"',
            'dataset = "digits"\ndevice = "gpu"',
            "t.toml: top level: device: 'gpu' is not allowed; allowed is one of cpu, cuda; leave "
            "it out where the question is of any device",
            id="unknown_device",
        ),
    ],
)
def test_an_unknown_word_says_what_is_allowed(
    old: str, new: str, line: str, smallest: str, mistakes: Mistakes
) -> None:
    assert old in smallest
    assert mistakes(smallest.replace(old, new, 1)) == [line]


def test_a_missing_baseline_is_one_mistake_whatever_the_engines(
    smallest: str, words: Vocabulary, tmp_path: Path
) -> None:
    text = smallest.replace('baseline = "dense/eager-fp32"', "").replace("eager", "openvino")
    (tmp_path / "t.toml").write_text(text, encoding="utf-8")
    only = replace(words, engines={"openvino": words.engines["openvino"]})
    with pytest.raises(ScenarioError) as error:
        load(tmp_path / "t.toml", only)
    assert len(str(error.value).splitlines()) == 1


def test_all_mistakes_of_a_file_are_reported_at_once(mistakes: Mistakes) -> None:
    lines = mistakes("""
        summary = ""
        model = "simple_cn"
        [budget]
        replicates = "five"
        [[matrix]]
        techniques = ["densest", "grouped@group=2"]
        engines = ["eagle"]
        batch_sizes = [1]
        [[matrix]]
        threads = [0]
    """)
    places = [line.split(": ")[1] for line in lines]
    assert (
        places
        == ["top level"] * 3
        + ["[budget]"]
        + ["[[matrix]] number 1"] * 3
        + ["[[matrix]] number 2"] * 4
    )


@pytest.mark.parametrize("text", ["", "matrix = []", "matrix = 5", "matrix = [1]"])
def test_a_scenario_without_cases_says_so(text: str, mistakes: Mistakes) -> None:
    expected = "t.toml: top level: matrix: there are no cases to measure; write a table [[matrix]]"
    assert expected in mistakes(text)


def test_broken_toml_names_the_line(mistakes: Mistakes) -> None:
    (line,) = mistakes('summary = "fine"\nmodel = \n')
    assert line.startswith("t.toml: top level: not valid TOML: ")
    assert "line 2" in line


def test_a_file_that_is_not_there_names_its_path(words: Vocabulary, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"no\.toml: top level: cannot be read: No such file"):
        load(tmp_path / "no.toml", words)


def test_a_file_that_is_not_text_is_not_toml(words: Vocabulary, tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match=r"binary\.toml: top level: not valid TOML"):
        load(tmp_path / "binary.toml", words)


def test_a_file_name_that_would_break_case_ids_is_refused(
    smallest: str, words: Vocabulary, tmp_path: Path
) -> None:
    (tmp_path / "a b.toml").write_text(smallest, encoding="utf-8")
    with pytest.raises(ScenarioError, match="cannot name cases") as error:
        load(tmp_path / "a b.toml", words)
    assert "rename the file" in str(error.value)


def test_a_later_error_names_file_and_section(
    smallest: str, load_text: Callable[[str], Scenario]
) -> None:
    scenario = load_text(smallest)
    error = scenario.error(scenario.matrices[0].section, "the data set cannot be had")
    assert str(error) == "t.toml: [matrix]: the data set cannot be had"
