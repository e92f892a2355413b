"""Post-training quantisation to int8 by NNCF, as an ONNX file with Q/DQ nodes."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bench.inputs import InputSet

CALIBRATION_SAMPLES = 300  # NNCF's own default: more moved no range in its authors' tests


def quantise(source: Path, calibration: InputSet, file: Path) -> None:
    """Write `source` quantised to int8, its ranges taken from the calibration samples.

    The result is explicit Q/DQ (symmetric weights per channel, activations per tensor), which
    ONNX Runtime, OpenVINO and TensorRT all read.
    """
    import onnx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import nncf

        nncf.set_log_level(logging.ERROR)
        samples = min(CALIBRATION_SAMPLES, calibration.samples)
        dataset = nncf.Dataset([calibration.batch(index, 1) for index in range(samples)])
        quantised = nncf.quantize(
            onnx.load(source), dataset, subset_size=samples, preset=nncf.QuantizationPreset.MIXED
        )
    onnx.save(quantised, file)
