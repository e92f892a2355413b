from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scenarios import ModelSource, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = """
summary = "A model of the user's own"
model = MODEL
baseline = "dense/onnxruntime-fp32"
[matrix]
techniques = ["dense"]
engines = ["onnxruntime"]
batch_sizes = [1]
"""


@pytest.mark.parametrize("kind", ["onnx", "exported"])
def test_a_file_is_found_beside_the_scenario_and_names_the_model(
    kind: str, load_text: Callable[[str], Scenario], tmp_path: Path
) -> None:
    (tmp_path / "my net+v2.bin").touch()
    (model,) = load_text(TEXT.replace("MODEL", f'{{ {kind} = "my net+v2.bin" }}')).models
    assert (model.kind, model.name) == (kind, "my_net_v2")
    assert model.target == str(tmp_path / "my net+v2.bin")


def test_an_absolute_path_stays_as_it_is(
    load_text: Callable[[str], Scenario], tmp_path: Path
) -> None:
    (tmp_path / "net.onnx").touch()
    (model,) = load_text(TEXT.replace("MODEL", f"{{ onnx = '{tmp_path / 'net.onnx'}' }}")).models
    assert model.target == str(tmp_path / "net.onnx")


def test_a_factory_is_named_but_not_imported(load_text: Callable[[str], Scenario]) -> None:
    given = '[inputs.tensors.x]\nshape = ["batch"]\ndtype = "float32"'
    text = TEXT.replace("MODEL", '{ factory = "not_here.nets:build" }')
    (model,) = load_text(text + given).models
    assert model == ModelSource(kind="factory", target="not_here.nets:build", name="nets.build")


@pytest.mark.parametrize(
    ("model", "line"),
    [
        pytest.param(
            '"simple_cn"',
            "t.toml: top level: model: 'simple_cn' is not allowed; allowed is a family (deep_cnn, "
            'resnet20, resnet8, simple_cnn) or { onnx = "FILE" }, { exported = "FILE" } or '
            "{ factory = \"package.module:function\" }; did you mean 'simple_cnn'?",
            id="unknown_family",
        ),
        pytest.param(
            '{ onxx = "net.onnx" }',
            "t.toml: top level: model: its table has 'onxx'; allowed is one of "
            '{ onnx = "FILE" }, { exported = "FILE" } or { factory = "package.module:function" }; '
            "correct its keys",
            id="unknown_kind",
        ),
        pytest.param(
            '{ onnx = "a", exported = "b" }',
            "t.toml: top level: model: its table has 'onnx', 'exported'; allowed is one of "
            '{ onnx = "FILE" }, { exported = "FILE" } or { factory = "package.module:function" }; '
            "correct its keys",
            id="two_kinds",
        ),
        pytest.param(
            "{ onnx = 5 }",
            "t.toml: top level: model.onnx: 5 is not allowed; allowed is the path of a file; write "
            "a path relative to the scenario's",
            id="number_for_a_path",
        ),
        pytest.param(
            '{ factory = "package.module" }',
            "t.toml: top level: model.factory: 'package.module' is not allowed; allowed is "
            '"package.module:function"; write for example model = '
            '{ factory = "my_package.networks:build" }',
            id="factory_without_function",
        ),
        pytest.param(
            '{ factory = "path/to.py:build" }',
            "t.toml: top level: model.factory: 'path/to.py:build' is not allowed; allowed is "
            '"package.module:function"; write for example model = '
            '{ factory = "my_package.networks:build" }',
            id="factory_as_a_path",
        ),
    ],
)
def test_a_wrong_model_says_what_is_allowed(
    model: str, line: str, mistakes: Callable[[str], list[str]]
) -> None:
    assert mistakes(TEXT.replace("MODEL", model)) == [line]


@pytest.mark.parametrize("path", ["gone.onnx", ".", "gone/net.onnx", "a\\u0000b", "x" * 300])
def test_a_file_that_is_not_there_is_named_with_its_path(
    path: str, mistakes: Callable[[str], list[str]], tmp_path: Path
) -> None:
    (line,) = mistakes(TEXT.replace("MODEL", f'{{ onnx = "{path}" }}'))
    assert line.startswith("t.toml: top level: model.onnx: ")
    assert str(tmp_path)[:30] in line
    assert line.endswith("relative to the scenario's folder; correct it or put the file there")


def test_a_missing_model_lists_the_families(mistakes: Callable[[str], list[str]]) -> None:
    (line,) = mistakes(TEXT.replace("model = MODEL", ""))
    assert line.startswith("t.toml: top level: missing key 'model'; allowed is a family (deep_cnn,")
    assert line.endswith('add for example model = "deep_cnn"')
