"""Which layers of a network take longer or shorter for other values: a dense and a pruned one.

Run from the repository's root: python docs/evidence/values.py

Each layer of the digits network is timed alone, in eager fp32 on one thread, with what it really
gets in the dense network and in the one with 80 % of its weights zero, in turns.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from tabulate import tabulate

from models import Recipe, build, input_shape, obtain
from models.data import data_file, fit

FAMILY, DATASET = "simple_cnn", "digits"
DENSE, PRUNED = "dense", "prune_unstructured@amount=0.8"
BATCH_SIZE = 32
TURNS, WARM_UP = 1000, 100


def layers(technique: str, images: torch.Tensor) -> list[tuple[torch.nn.Module, torch.Tensor]]:
    """Each layer of the network and what it gets for these images."""
    recipe = Recipe(family=FAMILY, techniques=(technique,), dataset=DATASET)
    with tempfile.TemporaryDirectory() as folder:
        module = build(recipe, obtain(recipe, Path(folder)).path)
    found = []
    for layer in module.children():
        found.append((layer, images))
        images = layer(images)
    return found


def seconds(layer: torch.nn.Module, given: torch.Tensor) -> float:
    """Of one call."""
    started_s = time.perf_counter()
    layer(given)
    return time.perf_counter() - started_s


def main() -> None:
    """Time each layer of both, and print a line for each."""
    torch.set_num_threads(1)
    arrays = fit(data_file(DATASET).load().test_images[:BATCH_SIZE], input_shape(FAMILY))
    images = torch.from_numpy(np.ascontiguousarray(arrays))
    lines = []
    with torch.inference_mode():
        for dense, pruned in zip(layers(DENSE, images), layers(PRUNED, images), strict=True):
            times = np.array([(seconds(*dense), seconds(*pruned)) for _ in range(TURNS)])[WARM_UP:]
            before_s, after_s = np.quantile(times, 0.25, axis=0)
            name = type(dense[0]).__name__
            lines.append((name, before_s * 1e6, after_s * 1e6, after_s / before_s))
    headers = ("layer", "dense (us)", "pruned (us)", "pruned / dense")
    sys.stdout.write(tabulate(lines, headers, floatfmt=(".1f", ".1f", ".1f", ".3f")) + "\n")


if __name__ == "__main__":
    main()
