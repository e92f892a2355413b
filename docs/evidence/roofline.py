"""How near the fastest variants come to what one core can compute at all: a roofline of one line.

Run from the repository's root, pinned to one core of a quiet machine:

    taskset -c 1 python docs/evidence/roofline.py results/tables/VERSION/MACHINE/SCENARIO.csv

The ceilings are large matrix products, timed in turns: fp32 and bf16 by OpenVINO, int8 by ONNX
Runtime. A variant's least time is its MACs over the ceiling of its precision (Williams et al. 2009;
these networks fit into the cache, so that memory sets no lower one). What is no faster at the
ceiling than is asked for cannot be had from any engine on this CPU.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import openvino
import openvino.opset13
from onnx import TensorProto, helper
from tabulate import tabulate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Row = dict[str, str]

SIZE = 768  # of the square matrices: they fit into L2 of today's servers, and hide the calls' cost
TURNS = 60
SHOWN = 4  # variants of each batch size that are as accurate, the fastest first


def products() -> dict[str, Callable[[], object]]:
    """A matrix product of SIZE in each precision, on one thread."""
    session = int8_session()
    left = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE), dtype=np.uint8)
    return {
        "fp32": float_request("f32").infer,
        "bf16": float_request("bf16").infer,
        "int8": lambda: session.run(None, {"a": left}),
    }


def float_request(precision: str) -> openvino.InferRequest:
    """Of a product with a constant, computed in this precision."""
    given = openvino.opset13.parameter([SIZE, SIZE], np.float32)
    constant = np.random.default_rng(1).random((SIZE, SIZE), dtype=np.float32)
    product = openvino.opset13.matmul(given, constant, transpose_a=False, transpose_b=False)
    options = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": "1",
        "NUM_STREAMS": "1",
        "ENABLE_CPU_PINNING": "NO",
    }
    compiled = openvino.Core().compile_model(openvino.Model([product], [given]), "CPU", options)
    request = compiled.create_infer_request()
    request.set_input_tensor(openvino.Tensor(constant.copy()))
    return request


def int8_session() -> onnxruntime.InferenceSession:
    """uint8 activations by constant int8 weights, as quantised networks have them."""
    weights = np.random.default_rng(1).integers(-127, 127, (SIZE, SIZE), dtype=np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["c"])],
        "product",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [SIZE, SIZE])],
        [helper.make_tensor_value_info("c", TensorProto.INT32, [SIZE, SIZE])],
        [helper.make_tensor("b", TensorProto.INT8, [SIZE, SIZE], weights.tobytes(), raw=True)],
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def ceilings() -> dict[str, float]:
    """Multiply-accumulates per second of one core, by precision, of the fastest turn: a limit."""
    calls = products()
    durations_s = np.array([[seconds(call) for call in calls.values()] for _ in range(TURNS)])
    fastest_s = np.min(durations_s, axis=0)
    return {name: SIZE**3 / float(each) for name, each in zip(calls, fastest_s, strict=True)}


def seconds(call: Callable[[], object]) -> float:
    """Of one call."""
    started_s = time.perf_counter()
    call()
    return time.perf_counter() - started_s


def lines(rows: Sequence[Row], limits: dict[str, float]) -> list[list[str]]:
    """The fastest rows of each batch size against the least time that their MACs need."""
    found = []
    known = [row for row in rows if row["ratio"] and row["macs"] and row["precision"] in limits]
    measured = [row for row in known if row["accuracy_verdict"] != "worse"]
    measured.sort(key=lambda row: (row["model"], int(row["batch_size"]), float(row["ratio"])))
    baselines = {row["batch_size"]: row for row in measured if row["is_baseline"] == "true"}
    for (_, batch), same in groupby(measured, key=lambda row: (row["model"], row["batch_size"])):
        baseline_s = float(baselines[batch]["latency_p50_s"])
        for row in list(same)[:SHOWN]:
            least_s = int(batch) * float(row["macs"]) / limits[row["precision"]]
            ratio = float(row["ratio"])
            found.append(
                [
                    f"{row['model']}+{row['techniques']}",
                    f"{row['engine']} {row['precision']}",
                    batch,
                    f"{1 / ratio:.1f}",
                    f"{baseline_s / least_s:.1f}",
                    f"{100 * least_s / (ratio * baseline_s):.0f}",
                ]
            )
    return found


def main() -> None:
    """Measure the ceilings and print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("table", type=Path, help="a published CSV, measured on this machine")
    file = parser.parse_args().table
    with file.open(newline="") as text:
        rows = list(csv.DictReader(text))
    limits = ceilings()
    shown = [[name, f"{value / 1e9:.0f}"] for name, value in limits.items()]
    sys.stdout.write(tabulate(shown, ("precision", "GMAC/s of one core")) + "\n\n")
    headers = ("variant", "engine", "batch", "times faster", "at the ceiling", "% of ceiling")
    sys.stdout.write(tabulate(lines(rows, limits), headers, disable_numparse=True) + "\n")


if __name__ == "__main__":
    main()
