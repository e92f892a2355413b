"""The contract of a family's file, and the layers of each."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from models import ModelError, families, input_shape
from models.counting import count
from models.zoo import Architecture, assemble

PARAMS_AND_MACS = {  # by hand, layer by layer
    "simple_cnn": (21_840, 480_500),
    "deep_cnn": (
        260 + 5_020 + 25_050 + 8_010,
        10 * 25 * 28**2 + 20 * 250 * 24**2 + 50 * 500 * 8**2 + 8_000,
    ),
    "resnet8": (77_754, 112_896 + 2 * 1_806_336 + 2_809_856 + 2_809_856 + 640),
    "dwsep8": (
        176 + 752 + 2_528 + 9_152 + 1_290,
        (144 + 9 * 16 + 16 * 32) * 28**2
        + (9 * 32 + 32 * 64) * 14**2
        + (9 * 64 + 64 * 128) * 7**2
        + 1_280,
    ),
    "resnext8": (
        352 + 1_440 + 6_656 + 25_856 + 1_290,
        (288 + 512 + 9 * 16 * 2 + 512 + 1_024) * 28**2
        + (9 * 32 * 4 + 2_048 + 2_048 + 4_096) * 14**2
        + (9 * 64 * 8 + 8_192 + 8_192) * 7**2
        + 1_280,
    ),
    "tied8": (352 + 2 * 9 * 32**2 + 128 + 330, 288 * 28**2 + 3 * 2 * 9 * 32**2 * 14**2 + 320),
    "resnet20": (272_186, 112_896 + 6 * 1_806_336 + 10_035_200 + 10_035_200 + 640),
}


@pytest.mark.parametrize("family", families())
def test_every_family_builds_and_answers_ten_classes(family: str) -> None:
    module = assemble(family, Architecture()).eval()
    assert module(torch.rand(3, *input_shape(family))).shape == (3, 10)


@pytest.mark.parametrize("family", families())
def test_every_family_counts_as_by_hand(family: str) -> None:
    counts = count(assemble(family, Architecture()), input_shape(family))
    assert (counts.params, counts.macs) == PARAMS_AND_MACS[family]


@pytest.mark.parametrize("family", families())
def test_every_family_exports_its_input_shape(family: str) -> None:
    module = assemble(family, Architecture()).eval()
    example = torch.rand(2, *input_shape(family))
    exported = torch.export.export(module, (example,)).module()
    torch.testing.assert_close(exported(example), module(example))


@pytest.mark.parametrize("family", families())
@pytest.mark.parametrize("change", [{"width": 0.5}, {"groups": 2}], ids=str)
def test_every_family_gets_smaller(family: str, change: dict[str, float]) -> None:
    dense = count(assemble(family, Architecture()), input_shape(family))
    less = count(assemble(family, Architecture(**change)), input_shape(family))  # type: ignore[arg-type]
    assert less.params < dense.params
    assert less.macs < dense.macs


@pytest.mark.parametrize("family", families())
def test_every_family_runs_in_channels_last(family: str) -> None:
    module = assemble(family, Architecture()).eval()
    images = torch.rand(2, *input_shape(family))
    wanted = module(images)
    moved = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    torch.testing.assert_close(moved(images.to(memory_format=torch.channels_last)), wanted)


def test_groups_only_change_convolutions_that_they_divide() -> None:
    module = assemble("simple_cnn", Architecture(groups=2))
    groups = [m.groups for m in module.modules() if isinstance(m, torch.nn.Conv2d)]
    assert groups == [1, 2]


def test_the_shortcuts_of_a_resnet_stay_whole() -> None:
    module = assemble("resnet8", Architecture(groups=4))
    layers = [m for m in module.modules() if isinstance(m, torch.nn.Conv2d)]
    assert {m.groups for m in layers if m.kernel_size == (1, 1)} == {1}
    assert {m.groups for m in layers if m.kernel_size == (3, 3) and m.in_channels > 1} == {4}


def test_depthwise_convolutions_stay_so_and_pointwise_ones_are_grouped() -> None:
    module = assemble("dwsep8", Architecture(groups=2))
    layers = [m for m in module.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [m.groups for m in layers if m.kernel_size == (3, 3)] == [1, 16, 32, 64]
    assert [m.groups for m in layers if m.kernel_size == (1, 1)] == [2, 2, 2]


def test_groups_multiply_the_cardinality_of_a_resnext() -> None:
    for groups in (1, 2):
        module = assemble("resnext8", Architecture(groups=groups))
        layers = [m for m in module.modules() if isinstance(m, torch.nn.Conv2d)]
        found = [m.groups for m in layers if m.kernel_size == (3, 3) and m.in_channels > 1]
        assert found == [8 * groups] * 3


@pytest.mark.parametrize("groups", [1, 4])
def test_a_tied_network_costs_the_macs_of_all_its_blocks_and_the_parameters_of_one(
    groups: int,
) -> None:
    counts = count(assemble("tied8", Architecture(groups=groups)), input_shape("tied8"))
    weights = 2 * 9 * 32**2 // groups
    assert counts.params == 352 + weights + 128 + 330
    assert counts.macs == 288 * 28**2 + 3 * weights * 14**2 + 320


@pytest.mark.parametrize(
    ("family", "architecture"),
    [
        pytest.param("dwsep8", Architecture(groups=3), id="depthwise_is_no_answer"),
        pytest.param("simple_cnn", Architecture(groups=3), id="divides_neither"),
        pytest.param("simple_cnn", Architecture(groups=2, width=0.5), id="divides_one_of_the_two"),
        pytest.param("resnet8", Architecture(groups=128), id="more_groups_than_channels"),
    ],
)
def test_groups_that_fit_nowhere_are_an_error(family: str, architecture: Architecture) -> None:
    with pytest.raises(ModelError, match=rf"{family}.*groups={architecture.groups}.*choose"):
        assemble(family, architecture)


def test_an_unknown_family_names_the_known_ones() -> None:
    with pytest.raises(
        ModelError,
        match=r"'vgg'.*deep_cnn, dwsep8, resnet20, resnet8, resnext8, simple_cnn, tied8",
    ):
        assemble("vgg", Architecture())


def test_a_width_never_leaves_a_layer_empty() -> None:
    counts = count(assemble("simple_cnn", Architecture(width=0.001)), (1, 28, 28))
    assert counts.params > 0


def test_listing_everything_imports_no_torch() -> None:
    code = (
        "import sys, models; models.families(); models.datasets(); models.techniques(); "
        "models.Recipe(family='resnet8', techniques=('prune_structured',), dataset='digits'); "
        "models.input_shape('resnet8'); import models.counting; "
        "sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
