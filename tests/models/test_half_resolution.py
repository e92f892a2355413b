"""Half of the resolution: the stride, and the MACs of each family that can have it."""

from __future__ import annotations

import pytest
import torch

from models import input_shape
from models.macs import macs
from models.techniques import half_resolution
from models.zoo import Architecture, assemble, knobs
from tests.models.made import MODULES
from tests.models.test_zoo import PARAMS_AND_MACS

# By hand: half of the rows and columns, rounded up, in every feature map.
MACS_AT_HALF = {
    "resnet8": (144 + 2 * 9 * 16**2) * 14**2
    + (9 * 16 * 32 + 9 * 32**2 + 512) * 7**2
    + (9 * 32 * 64 + 9 * 64**2 + 2_048) * 4**2
    + 640,
    "resnet20": (144 + 6 * 9 * 16**2) * 14**2
    + (9 * 16 * 32 + 5 * 9 * 32**2 + 512) * 7**2
    + (9 * 32 * 64 + 5 * 9 * 64**2 + 2_048) * 4**2
    + 640,
    "resnext8": (288 + 512 + 9 * 16 * 2 + 512 + 1_024) * 14**2
    + (9 * 32 * 4 + 2_048 + 2_048 + 4_096) * 7**2
    + (9 * 64 * 8 + 8_192 + 8_192) * 4**2
    + 1_280,
    "dwsep8": (144 + 9 * 16 + 16 * 32) * 14**2
    + (9 * 32 + 32 * 64) * 7**2
    + (9 * 64 + 64 * 128) * 4**2
    + 1_280,
    "tied8": 288 * 14**2 + 3 * 2 * 9 * 32**2 * 7**2 + 320,
    "resnet50": 64 * 3 * 49 * 56**2
    + (64 * 64 + 9 * 64**2 + 2 * 64 * 256 + 2 * 17 * 64**2) * 28**2
    + sum(
        2 * w * w * before**2 + (9 + 4 + 8 + (blocks - 1) * 17) * w * w * pixels**2
        for w, blocks, before, pixels in ((128, 4, 28, 14), (256, 6, 14, 7), (512, 3, 7, 4))
    )
    + 2_048_000,
}


@pytest.mark.parametrize("family", [f for f in MODULES if "stride" in knobs(f)])
def test_at_half_the_resolution_parameters_stay_and_macs_are_as_by_hand(family: str) -> None:
    with torch.device("meta"):
        module = assemble(family, Architecture(stride=2))
        counted = macs(module, [torch.zeros(1, *input_shape(family))])
    params = sum(p.numel() for p in module.parameters())
    assert (params, counted) == (PARAMS_AND_MACS[family][0], MACS_AT_HALF[family])


def test_half_of_the_resolution_is_twice_the_stride() -> None:
    once = half_resolution.architecture(Architecture())
    twice = half_resolution.architecture(once)
    assert (once, twice) == (Architecture(stride=2), Architecture(stride=4))
