"""ONNX files: what they say of themselves, and that they are the same wherever exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data
from torch import nn

from bench.preparation import cache, onnx_file, torch_program
from bench.preparation.artifact import Counts
from bench.preparation.onnx_file import OnnxError
from bench.preparation.user_inputs import BATCH
from scenarios.scenario import TensorSpec
from tests.bench import graphs

if TYPE_CHECKING:
    from pathlib import Path

READERS = (
    onnx_file.read_specs,
    onnx_file.counts,
    onnx_file.parts,
    onnx_file.sha256,
    onnx_file.size_bytes,
)
SPECS = {"input": TensorSpec(shape=(BATCH, 4), dtype="float32", low=None, high=None)}


class Branching(nn.Module):
    """A graph with graphs in it: a note could hide there."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        def shifted(batch: torch.Tensor) -> torch.Tensor:
            return batch + 1.0

        def scaled(batch: torch.Tensor) -> torch.Tensor:
            return batch * 2.0

        either: torch.Tensor = torch.cond(batch.sum() > 0, shifted, scaled, (batch,))
        outputs: torch.Tensor = self.linear(either)
        return outputs


def exported(folder: Path, module: nn.Module) -> Path:
    file = folder / "model.onnx"
    onnx_file.export(torch_program.program(module.eval(), SPECS), SPECS, file)
    return file


def test_an_exported_file_holds_no_paths_of_this_machine(tmp_path: Path) -> None:
    content = exported(tmp_path, Branching()).read_bytes()
    assert b".py" not in content
    assert b"pkg.torch" not in content


def test_an_exported_file_computes_what_the_module_does(tmp_path: Path) -> None:
    import onnxruntime

    module = Branching()
    session = onnxruntime.InferenceSession(exported(tmp_path, module))
    for sign in (1.0, -1.0):
        batch = np.full((5, 4), sign, np.float32)
        (outputs,) = session.run(None, {"input": batch})
        expected = module(torch.from_numpy(batch)).detach().numpy()
        np.testing.assert_allclose(outputs, expected, rtol=1e-5)


def spec(*shape: int | str, dtype: str = "float32") -> TensorSpec:
    return TensorSpec(shape=shape, dtype=dtype, low=None, high=None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


def test_the_symbol_of_a_first_axis_is_the_batch(file: Path) -> None:
    graphs.write_linear(file, "N", 3)
    assert onnx_file.read_specs(file) == {"x": spec("batch", 3)}


@pytest.mark.parametrize("first", ["N", None])
def test_a_first_axis_of_unknown_length_is_the_batch(file: Path, first: str | None) -> None:
    graphs.write_linear(file, first, 3)
    assert onnx_file.read_specs(file)["x"].shape == ("batch", 3)


def test_a_fixed_batch_stays_fixed(file: Path) -> None:
    graphs.write_linear(file, 4, 3)
    assert onnx_file.read_specs(file) == {"x": spec(4, 3)}


def test_several_inputs_keep_their_order_types_and_open_axes(file: Path) -> None:
    graphs.write_two_inputs(file)
    assert onnx_file.read_specs(file) == {
        "ids": spec("batch", "length", dtype="int64"),
        "scale": spec(),
    }
    assert list(onnx_file.read_specs(file)) == ["ids", "scale"]


def test_the_batch_may_be_another_axis_of_another_input(file: Path) -> None:
    graphs.write(
        file,
        [("a", TensorProto.FLOAT, ("N", 3)), ("state", TensorProto.FLOAT, (2, "N", 1, "T"))],
        [helper.make_node("Add", ["a", "state"], ["y"])],
        {},
    )
    assert onnx_file.read_specs(file)["state"].shape == (2, "batch", 1, "T")


@pytest.mark.parametrize("length", [-1, 0])
def test_an_axis_of_no_length_is_open(tmp_path: Path, length: int) -> None:
    graphs.write_linear(file := tmp_path / "open.onnx", length, 3)
    assert onnx_file.read_specs(file) == {"x": spec("batch", 3)}
    graphs.write_linear(file, 4, length)
    assert onnx_file.read_specs(file)["x"].shape == (4, "axis 1")


def test_constants_that_are_listed_as_inputs_are_no_inputs(file: Path) -> None:
    graphs.write_linear(file)
    model = onnx.load(file)
    model.graph.input.append(helper.make_tensor_value_info("weight", TensorProto.FLOAT, [3, 2]))
    onnx.save(model, file)
    assert list(onnx_file.read_specs(file)) == ["x"]


def test_parameters_are_the_elements_of_floating_tensors(file: Path) -> None:
    graphs.write_linear(file)
    assert onnx_file.counts(file) == Counts(params=8, nonzero_params=5, macs=None)


def test_parameters_of_a_quantised_model_are_its_integers(file: Path) -> None:
    graphs.write_quantised(file)
    assert onnx_file.counts(file) == Counts(params=6, nonzero_params=3, macs=None)


def test_parameters_in_nodes_and_in_bfloat16_are_counted(file: Path) -> None:
    graphs.write_linear(file)
    model = onnx.load(file)
    weight, bias = model.graph.initializer
    wide = numpy_helper.to_array(weight)
    weight.CopyFrom(helper.make_tensor("weight", TensorProto.BFLOAT16, wide.shape, wide.ravel()))
    model.graph.node.insert(0, helper.make_node("Constant", [], ["bias"], value=bias))
    del model.graph.initializer[1]
    onnx.save(model, file)
    assert onnx_file.counts(file) == Counts(params=8, nonzero_params=5, macs=None)


@pytest.mark.parametrize(
    "content",
    [b"", b"not a model", b"\x00" * 100, b"\x08\x08\x12\x04none"],
    ids=["empty", "text", "zeros", "no_graph"],
)
def test_a_file_that_is_no_model_is_an_error(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    for read in READERS:
        with pytest.raises(OnnxError, match=r"model\.onnx: is not an ONNX model"):
            read(file)


def test_a_model_whose_weights_lie_in_a_lost_file_is_an_error(file: Path) -> None:
    beside = graphs.write_linear_beside(file)
    beside.unlink()
    for read in READERS:
        with pytest.raises(OnnxError) as raised:
            read(file)
        assert str(raised.value).startswith(f"{file}: its weights lie in {beside}, and there is no")


def test_a_model_whose_weights_were_cut_off_is_an_error(file: Path) -> None:
    beside = graphs.write_linear_beside(file)
    beside.write_bytes(beside.read_bytes()[:9])
    with pytest.raises(OnnxError, match=r"model\.onnx: the weights beside it cannot be read: "):
        onnx_file.counts(file)


def test_weights_in_another_file_are_part_of_the_model(file: Path) -> None:
    beside = graphs.write_linear_beside(file)
    assert onnx_file.parts(file) == [file, beside]
    assert onnx_file.size_bytes(file) == file.stat().st_size + beside.stat().st_size
    assert onnx_file.counts(file) == Counts(params=8, nonzero_params=5, macs=None)
    graph, before = file.read_bytes(), onnx_file.sha256(file)
    graphs.write_linear_beside(file, graphs.WEIGHT + 1)
    assert file.read_bytes() == graph
    assert onnx_file.sha256(file) != before


def test_a_model_in_one_file_is_that_file(file: Path) -> None:
    graphs.write_linear(file)
    assert onnx_file.parts(file) == [file]
    assert onnx_file.size_bytes(file) == file.stat().st_size
    assert onnx_file.sha256(file) == cache.file_sha256(file)


def test_weights_of_nodes_and_inner_graphs_may_lie_elsewhere_too(tmp_path: Path) -> None:
    file = exported(tmp_path, Branching())
    model = onnx.load(file)
    wanted = {"of_a_node", "of_an_inner_graph"}
    (branch,) = (node for node in model.graph.node if node.op_type == "If")
    graphs_in_it = (model.graph.node, branch.attribute[0].g.node)
    for name, nodes in zip(sorted(wanted), graphs_in_it, strict=True):
        held = numpy_helper.from_array(np.ones(3, np.float32), name)
        set_external_data(held, name)
        held.ClearField("raw_data")
        nodes.append(helper.make_node("Constant", [], [f"{name}_unused"], value=held))
        (tmp_path / name).write_bytes(bytes(12))
    onnx.save(model, file)
    assert {part.name for part in onnx_file.parts(file)} == {file.name} | wanted


class Scaled(nn.Module):
    """A linear layer with a second input that has no batch axis."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.linear(x) * scale
        return result


class Eigenvalues(nn.Module):
    """Something for which ONNX has no operator."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values: torch.Tensor = torch.linalg.eigvals(x)
        return values.abs()


SCALED = {"x": spec("batch", 3), "scale": spec(2)}


def test_an_exported_module_keeps_names_types_and_a_symbolic_batch(file: Path) -> None:
    module = Scaled().eval()
    onnx_file.export(torch_program.program(module, SCALED), SCALED, file)
    assert onnx_file.read_specs(file) == SCALED
    assert onnx_file.counts(file) == Counts(params=8, nonzero_params=8, macs=None)


def test_a_program_with_a_baked_in_batch_is_an_error(file: Path) -> None:
    fixed = torch.export.export(Scaled(), torch_program.examples(SCALED, 2))
    with pytest.raises(OnnxError, match="baked the batch size"):
        onnx_file.export(fixed, SCALED, file)


def test_what_the_exporter_refuses_is_an_error(file: Path) -> None:
    specs = {"x": spec("batch", 3, 3)}
    program = torch_program.program(Eigenvalues(), specs)
    with pytest.raises(OnnxError, match=r"torch\.onnx\.export failed: "):
        onnx_file.export(program, specs, file)


class Shared(nn.Module):
    """A linear layer that is used three times."""

    def __init__(self) -> None:
        super().__init__()
        self.widen, self.linear = nn.Linear(4, 32), nn.Linear(32, 32)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        batch = self.widen(batch)
        for _ in range(3):
            batch = self.linear(batch.reshape(-1, 2, 32)).relu().flatten(0, 1)
        return batch


def test_a_weight_that_is_used_several_times_is_stored_once(tmp_path: Path) -> None:
    import onnxruntime

    module = Shared()
    file = tmp_path / "model.onnx"
    fixed = {"input": TensorSpec(shape=(2, 4), dtype="float32", low=None, high=None)}
    onnx_file.export(torch_program.program(module.eval(), fixed), fixed, file)
    sizes = [len(tensor.raw_data) for tensor in onnx.load(file).graph.initializer]
    assert sizes.count(4 * 32 * 32) == 1
    batch = torch.rand(2, 4)
    (found,) = onnxruntime.InferenceSession(file).run(None, {"input": batch.numpy()})
    np.testing.assert_allclose(found, module(batch).detach(), atol=1e-6)


def test_nodes_of_trees_are_parameters(tmp_path: Path) -> None:
    node = helper.make_node(
        "TreeEnsembleClassifier", ["x"], ["label", "y"], nodes_nodeids=[0, 1, 2, 0]
    )
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 2]) for name in "xy")
    onnx.save(helper.make_model(helper.make_graph([node], "trees", [x], [y])), tmp_path / "f.onnx")
    assert onnx_file.counts(tmp_path / "f.onnx") == Counts(params=4, nonzero_params=4)
