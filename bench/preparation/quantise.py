"""Quantisation after training: which ways there are, each from an ONNX file to an int8 one."""

from __future__ import annotations

import contextlib
import logging
import warnings
from importlib import metadata
from typing import TYPE_CHECKING, Any

from bench.workers.session import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bench.preparation.inputs import InputSet

CALIBRATION_SAMPLES = 300  # NNCF's own default: more moved no range in its authors' tests
QUANTISED = ("QuantizeLinear", "DynamicQuantizeLinear")  # one of them is in every quantised graph
QDQ_OPSET = 13  # the first whose DequantizeLinear has a scale for each channel


def quantise(way: str, source: Path, calibration: InputSet, file: Path) -> None:
    """Write `source` quantised in one of `WAYS`.

    Args:
        way: one of `WAYS`; an engine's `QUANTISERS` says which one a precision is there.
        source: an ONNX file in floating point.
        calibration: samples whose values give the ranges of activations; never test samples.
        file: what is written.

    Raises:
        Unavailable: the model has nothing that this way quantises.
    """
    with _quiet():
        WAYS[way](source, calibration, file)
    if not is_quantised(file):
        msg = f"{way}: this model has no layer that can be quantised so; use fp32"
        raise Unavailable(msg)
    _drop_shapes(file)


def is_quantised(file: Path) -> bool:
    """Whether an ONNX file has quantisers in it already."""
    import onnx

    model = onnx.load(file, load_external_data=False)
    return any(node.op_type in QUANTISED for node in model.graph.node)


def made_by(way: str) -> str:
    """The library of a way with its version, for the artifact's facts."""
    library = LIBRARIES[way]
    return f"{way} by {library} {metadata.version(library)}"


def nncf_static(source: Path, calibration: InputSet, file: Path) -> None:
    """NNCF: explicit Q/DQ, weights symmetric for each channel, activations for each tensor.

    Without its correction of biases, which lost 0.3 to 2 points of accuracy on our networks
    (docs/evidence/int8.py measures it) where it should have won some.
    """
    import nncf
    import onnx

    nncf.set_log_level(logging.ERROR)
    samples = list(_samples(calibration))
    quantised = nncf.quantize(
        onnx.load(source),
        nncf.Dataset(samples),
        subset_size=len(samples),
        preset=nncf.QuantizationPreset.MIXED,
        advanced_parameters=nncf.AdvancedQuantizationParameters(disable_bias_correction=True),
    )
    onnx.save(quantised, file)


def onnxruntime_static(source: Path, calibration: InputSet, file: Path) -> None:
    """ONNX Runtime's own: Q/DQ, uint8 activations and int8 weights for each channel.

    That pair is what its kernels for VNNI multiply: with int8 activations it runs many layers in
    fp32 between conversions. Convolutions of a single channel stay in fp32, see `_one_channel`.
    """
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    prepared = file.with_name("prepared.onnx")
    _prepare(source, prepared)
    quantize_static(
        prepared,
        file,
        _Reader(_samples(calibration)),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=_one_channel(prepared),
    )
    prepared.unlink()


def onnxruntime_dynamic(source: Path, _calibration: InputSet, file: Path) -> None:
    """ONNX Runtime's dynamic one: matrix products with constant weights, nothing calibrated.

    Ranges of activations are taken from each batch while it runs.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    prepared = file.with_name("prepared.onnx")
    _prepare(source, prepared)
    quantize_dynamic(
        prepared,
        file,
        op_types_to_quantize=["MatMul", "Gemm"],
        per_channel=True,
        weight_type=QuantType.QInt8,
    )
    prepared.unlink()


WAYS: dict[str, Callable[[Path, InputSet, Path], None]] = {
    "nncf_static": nncf_static,
    "onnxruntime_static": onnxruntime_static,
    "onnxruntime_dynamic": onnxruntime_dynamic,
}
LIBRARIES = {
    "nncf_static": "nncf",
    "onnxruntime_static": "onnxruntime",
    "onnxruntime_dynamic": "onnxruntime",
}


class _Reader:
    """Samples in the form that ONNX Runtime reads them: one a call, None at the end."""

    def __init__(self, samples: Iterator[Any]) -> None:
        self._samples = samples

    def get_next(self) -> Any:  # noqa: ANN401 - input names to arrays
        """The next sample, or None."""
        return next(self._samples, None)


def _samples(calibration: InputSet) -> Iterator[Any]:
    samples = min(CALIBRATION_SAMPLES, calibration.samples)
    return (calibration.batch(index, 1) for index in range(samples))


def _prepare(source: Path, file: Path) -> None:
    """The graph as ONNX Runtime wants it: shapes inferred, batch norms folded into convolutions."""
    import onnx
    from onnxruntime.quantization.shape_inference import quant_pre_process

    model = onnx.load(source)
    opset = next(one.version for one in model.opset_import if one.domain in ("", "ai.onnx"))
    if opset < QDQ_OPSET:
        model = onnx.version_converter.convert_version(model, QDQ_OPSET)
    onnx.save(model, file)  # given a model instead of a file, it loses weights on its way
    quant_pre_process(file, file, skip_symbolic_shape=True)


def _drop_shapes(file: Path) -> None:
    """Without the shapes inside the graph, which engines infer anew: 6 % of a file of 54 KB."""
    import onnx

    model = onnx.load(file, load_external_data=False)
    del model.graph.value_info[:]
    onnx.save(model, file)


def _one_channel(file: Path) -> list[str]:
    """Convolutions of a single input channel, and the ReLU behind each: they stay in fp32.

    ONNX Runtime's int8 convolution gathers its input byte by byte where there is one channel: the
    first layer of a network for grey images took three times as long as in fp32. With three
    channels it is about even, and depthwise convolutions have a kernel of their own.
    """
    import onnx

    graph = onnx.load(file).graph
    shapes = {tensor.name: tensor.dims for tensor in graph.initializer}
    found = [
        node
        for node in graph.node
        if node.op_type == "Conv"
        and node.input[1] in shapes
        and shapes[node.input[1]][1] == 1
        and not any(one.name == "group" and one.i > 1 for one in node.attribute)
    ]
    outputs = {node.output[0] for node in found}
    behind = [n for n in graph.node if n.op_type == "Relu" and n.input[0] in outputs]
    return [node.name for node in found + behind]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Neither warnings nor log lines: these libraries advise what was already done."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
