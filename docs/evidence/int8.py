"""Measures ways to int8 side by side: time against fp32 on ONNX Runtime, and accuracy.

Run from the repository's root: taskset -c 1 python docs/evidence/int8.py simple_cnn --batch 1 32

The ratio is that of neighbouring passes in one process, each at the mean of its faster half, and
their median. It compares ways of quantising, which differ by whole kernels; it is no verdict.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import models  # noqa: E402 - after the path
from bench.engines import onnxruntime, openvino  # noqa: E402
from bench.preparation import onnx_file, quantise, torch_program  # noqa: E402
from bench.preparation.artifact import Artifact  # noqa: E402
from bench.preparation.inputs import InputSet  # noqa: E402
from bench.workers.target import Target  # noqa: E402
from models.data import data_file, fit  # noqa: E402
from scenarios.scenario import TensorSpec  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.workers.session import Session

ENGINES = {"onnxruntime": onnxruntime, "openvino": openvino}
ROUNDS = 30  # passes of each way, taken in turns
PASS_S = 0.01  # long against the clock's resolution
TEST_BATCH = 500  # for accuracy: divides 10,000


def with_correction(source: Path, calibration: InputSet, file: Path) -> None:
    """NNCF as it is by default: with its correction of biases."""
    import nncf
    import onnx

    samples = [calibration.batch(index, 1) for index in range(calibration.samples)]
    made = nncf.quantize(
        onnx.load(source),
        nncf.Dataset(samples),
        subset_size=len(samples),
        preset=nncf.QuantizationPreset.MIXED,
    )
    onnx.save(made, file)


def onnxruntime_with(**options: Any) -> Callable[[Path, InputSet, Path], None]:  # noqa: ANN401 - the library's own
    """ONNX Runtime's static way with other options, every layer quantised."""

    def way(source: Path, calibration: InputSet, file: Path) -> None:
        from onnxruntime.quantization import QuantType, quantize_static

        prepared = file.with_suffix(".prepared")
        quantise._prepare(source, prepared)  # noqa: SLF001 - the same start for all
        samples = (calibration.batch(index, 1) for index in range(calibration.samples))
        default = {"activation_type": QuantType.QUInt8, "weight_type": QuantType.QInt8}
        named = {
            key: QuantType[value] if key.endswith("_type") else value
            for key, value in options.items()
        }
        reader = quantise._Reader(samples)  # noqa: SLF001 - the same samples for all
        quantize_static(prepared, file, reader, **{"per_channel": True, **default, **named})

    return way


WAYS: dict[str, Callable[[Path, InputSet, Path], None]] = {
    "nncf, default": with_correction,
    "nncf_static": quantise.nncf_static,
    "u8s8": onnxruntime_with(),
    "u8s8, per tensor": onnxruntime_with(per_channel=False),
    "s8s8": onnxruntime_with(activation_type="QInt8"),
    "s8s8, symmetric": onnxruntime_with(
        activation_type="QInt8", extra_options={"ActivationSymmetric": True}
    ),
    "u8u8": onnxruntime_with(weight_type="QUInt8", per_channel=False),
    "onnxruntime_static": quantise.onnxruntime_static,
    "onnxruntime_dynamic": quantise.onnxruntime_dynamic,
}


def make(recipe: models.Recipe, folder: Path) -> tuple[dict[str, Path], InputSet]:
    """The network as fp32 and in every way, by name, and its test images."""
    data = data_file(recipe.dataset).load()
    shape = models.input_shape(recipe.family)
    train = fit(data.train_images[: quantise.CALIBRATION_SAMPLES], shape)
    calibration, test = (
        InputSet(
            arrays={"input": images}, batch_axes={"input": 0}, labels=labels, sha256="", kind=""
        )
        for images, labels in ((train, None), (fit(data.test_images, shape), data.test_labels))
    )
    (folder / "inputs").mkdir()
    test.save(folder / "inputs")
    specs = {"input": TensorSpec(shape=("batch", *shape), dtype="float32", low=None, high=None)}
    module = models.build(recipe, models.obtain(recipe, models.cache_folder()).path)
    files = {"fp32": folder / "fp32.onnx"}
    onnx_file.export(torch_program.program(module, specs), specs, files["fp32"])
    for number, (name, way) in enumerate(WAYS.items()):
        files[name] = folder / f"{number}.onnx"
        way(files["fp32"], calibration, files[name])
    return files, test


def sessions(files: dict[str, Path], batch_size: int) -> Iterator[tuple[tuple[str, str], Session]]:
    """Every file on every engine."""
    for (engine, file), (name, path) in itertools.product(ENGINES.items(), files.items()):
        precision = "fp32" if name == "fp32" else "int8"
        target = Target(precision=precision, device="cpu", batch_size=batch_size, threads=1)
        artifact = Artifact(path=str(path), inputs=str(path.parent / "inputs"), facts={})
        if engine == "openvino" and "dynamic" in name:
            continue  # it multiplies in fp32 there, which its engine refuses
        yield (engine, name), file.load(artifact, target)


def accuracies(files: dict[str, Path], test: InputSet) -> dict[tuple[str, str], float]:
    """Of every file on every engine, over all test images; 0 to 1."""
    found = {}
    for key, session in sessions(files, TEST_BATCH):
        batches = (test.batch(start, TEST_BATCH) for start in range(0, test.samples, TEST_BATCH))
        outputs = np.concatenate([session.outputs(batch)[0] for batch in batches])
        found[key] = float(np.mean(outputs.argmax(axis=1) == test.labels))
    return found


def ratios(files: dict[str, Path], test: InputSet, batch_size: int) -> dict[tuple[str, str], float]:
    """The time of every file on every engine over that of fp32 on ONNX Runtime."""
    calls = {
        key: session.bind(test.batch(0, batch_size)) for key, session in sessions(files, batch_size)
    }
    times: dict[tuple[str, str], list[float]] = {key: [] for key in calls}
    for _, (key, call) in itertools.product(range(ROUNDS), calls.items()):
        times[key].append(_pass_s(call))
    base = times["onnxruntime", "fp32"]
    return {
        key: statistics.median(a / b for a, b in zip(found, base, strict=True))
        for key, found in times.items()
    }


def _pass_s(call: Callable[[], object]) -> float:
    """Seconds of one call: the mean of the faster half of those that fill a pass."""
    durations_s: list[float] = []
    while sum(durations_s) < PASS_S:
        start_s = time.perf_counter()
        call()
        durations_s.append(time.perf_counter() - start_s)
    return statistics.mean(sorted(durations_s)[: (len(durations_s) + 1) // 2])


def main() -> None:
    """Print a table: engine, way, accuracy, and a ratio for each batch size."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("family", help="in models/zoo")
    parser.add_argument("--technique", default="dense")
    parser.add_argument("--dataset", default="fashion_mnist")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 32])
    args = parser.parse_args()
    recipe = models.Recipe(family=args.family, techniques=(args.technique,), dataset=args.dataset)
    logging.disable(logging.ERROR)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        files, test = make(recipe, Path(folder))
        right = accuracies(files, test)
        by_batch = [ratios(files, test, size) for size in args.batch]
    batches = " | ".join(f"batch {size}" for size in args.batch)
    lines = [f"| engine | way | top-1 (%) | {batches} |", "|---" * (3 + len(args.batch)) + "|"]
    for (engine, name), accuracy in right.items():
        times = " | ".join(f"{found[engine, name]:.2f}" for found in by_batch)
        lines.append(f"| {engine} | {name} | {100 * accuracy:.2f} | {times} |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
