"""The contract of a family's file, and the layers of each."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
import torch

from models import ModelError, families, input_shape
from models.counting import count
from models.data import digits
from models.macs import macs
from models.zoo import (
    ALREADY,
    DEPTHWISE,
    FOLDER,
    LACKS,
    Architecture,
    assemble,
    knobs,
    lacking,
    paced,
    suffix,
)
from tests.models.made import MODULES, narrow

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
    "tied8": (352 + 2 * 9 * 32**2 + 3 * 128 + 330, 288 * 28**2 + 3 * 2 * 9 * 32**2 * 14**2 + 320),
    "resnet20": (272_186, 112_896 + 6 * 1_806_336 + 10_035_200 + 10_035_200 + 640),
    "mlp": (784 * 256 + 256 + 256 * 128 + 128 + 1_290, 784 * 256 + 256 * 128 + 1_280),
    # As published. Of MACs: the stem, then in each stage a first block, which has a projection and
    # whose 1x1 convolution sees the image before it is halved, and the others; a block has a width
    # w inside and 4w outside, so its others cost 17 w^2 an output pixel.
    "resnet50": (
        25_557_032,
        64 * 3 * 49 * 112**2
        + (64 * 64 + 9 * 64**2 + 2 * 64 * 256 + 2 * 17 * 64**2) * 56**2
        + sum(
            (2 * w * w * 4 + (9 + 4 + 8 + (blocks - 1) * 17) * w * w) * pixels**2
            for w, blocks, pixels in ((128, 4, 28), (256, 6, 14), (512, 3, 7))
        )
        + 2_048_000,
    ),
    # 16 tokens of 64 features: patches and positions, four blocks, the last norm, the last layer.
    # A block has two norms, four square layers of attention, and two to and from 128 features; it
    # multiplies every query with every key, and each of those products with a value.
    "vit_tiny": (
        49 * 64 + 64 + 16 * 64 + 4 * (2 * 128 + 4 * 4_160 + 8_320 + 8_256) + 128 + 650,
        16 * 49 * 64 + 4 * (16 * 8 * 64**2 + 2 * 16**2 * 64) + 640,
    ),
}
CHANGES: dict[str, Any] = {"width": 0.5, "groups": 2, "blocks": 1, "tied": True, "stride": 2}
KNOBS = [(family, knob) for family in families() for knob in sorted(knobs(family))]


@pytest.mark.parametrize("family", MODULES)
def test_every_family_builds_and_answers_its_classes(family: str) -> None:
    module = assemble(family, narrow(family)).eval()
    classes = 1000 if family == "resnet50" else 10
    assert module(torch.rand(3, *input_shape(family))).shape == (3, classes)


@pytest.mark.parametrize("family", MODULES)
def test_every_family_counts_as_by_hand(family: str) -> None:
    with torch.device("meta"):  # shapes alone decide, and a large network has many values
        module = assemble(family, Architecture())
        counted = macs(module, [torch.zeros(1, *input_shape(family))])
    assert (sum(p.numel() for p in module.parameters()), counted) == PARAMS_AND_MACS[family]


@pytest.mark.parametrize("family", MODULES)
def test_every_family_exports_its_input_shape(family: str) -> None:
    module = assemble(family, narrow(family)).eval()
    example = torch.rand(2, *input_shape(family))
    exported = torch.export.export(module, (example,)).module()
    torch.testing.assert_close(exported(example), module(example))


@pytest.mark.parametrize(("family", "knob"), KNOBS)
def test_every_knob_of_a_family_makes_it_smaller(family: str, knob: str) -> None:
    changed = narrow(family, **{knob: CHANGES[knob]})
    dense, less = (
        count(assemble(family, each), input_shape(family)) for each in (narrow(family), changed)
    )
    kept = {"tied": (False, True), "stride": (True, False)}.get(knob, (False, False))
    assert less.params < dense.params or (kept[0] and less.params == dense.params)
    assert less.macs < dense.macs or (kept[1] and less.macs == dense.macs)


@pytest.mark.parametrize(
    ("family", "lost"),
    [
        pytest.param(
            "resnet20", sum(2 * 9 * n**2 for n in (16, 32, 64)), id="second_or_third_block"
        ),
        # Of blocks of 17 w^2 weights; their batch norms are not shared.
        pytest.param(
            "resnet50",
            sum((blocks - 2) * 17 * w * w for w, blocks in ((64, 3), (128, 4), (256, 6), (512, 3))),
            id="bottlenecks",
        ),
        pytest.param("vit_tiny", 2 * (2 * 128 + 4 * 4_160 + 8_320 + 8_256), id="third_and_fourth"),
    ],
)
def test_tied_blocks_are_held_once_and_computed_each(family: str, lost: int) -> None:
    params, counted = [], []
    with torch.device("meta"):
        for tied in (False, True):
            module = assemble(family, Architecture(tied=tied))
            params.append(sum(p.numel() for p in module.parameters()))
            counted.append(macs(module, [torch.zeros(1, *input_shape(family))]))
    assert params[0] - params[1] == lost
    assert counted[0] == counted[1]


@pytest.mark.parametrize("family", [f for f in MODULES if "tied" in knobs(f)])
def test_tied_blocks_are_one_tensor_in_a_weights_file(family: str) -> None:
    module = assemble(family, narrow(family, tied=True))
    stored = module.state_dict().values()
    assert len({tensor.data_ptr() for tensor in stored}) == len(stored)
    numbers = sum(p.numel() for p in module.parameters()) + sum(b.numel() for b in module.buffers())
    assert sum(tensor.numel() for tensor in stored) == numbers


@pytest.mark.parametrize(
    ("family", "architecture", "reason"),
    [
        ("mlp", Architecture(groups=2), "mlp has no convolution to group"),
        ("vit_tiny", Architecture(groups=2, width=0.5), "vit_tiny has no convolution to group"),
        ("resnet8", Architecture(blocks=1), "resnet8 has no stages of several blocks"),
        ("resnet8", Architecture(tied=True), "resnet8 has no blocks .* share their weights"),
        ("simple_cnn", Architecture(stride=2), "simple_cnn has no first .* maps of any size"),
    ],
)
def test_a_knob_that_a_family_lacks_is_an_error(
    family: str, architecture: Architecture, reason: str
) -> None:
    with pytest.raises(ModelError, match=reason):
        assemble(family, architecture)


@pytest.mark.parametrize(
    ("family", "architecture", "reason"),
    [
        ("dwsep8", Architecture(width=0.5, groups=DEPTHWISE), "dwsep8 is depthwise already"),
        ("tied8", Architecture(tied=True), "tied8 has one block, applied several times"),
    ],
)
def test_what_a_family_is_by_itself_cannot_be_asked_of_it(
    family: str, architecture: Architecture, reason: str
) -> None:
    assert str(lacking(family, architecture)).startswith(reason)
    with pytest.raises(ModelError, match=reason):
        assemble(family, architecture)
    others = replace(architecture, groups=2, tied=False)
    assert lacking(family, others) is None


def test_what_a_family_is_by_itself_has_words() -> None:
    own = [getattr(FOLDER.file(family), "BY_ITSELF", {}) for family in families()]
    assert {knob for each in own for knob in each} == ALREADY.keys()


@pytest.mark.parametrize("knob", CHANGES)
def test_every_knob_is_one_of_some_family_and_its_absence_has_words(knob: str) -> None:
    assert any(knob in knobs(family) for family in families())
    assert knob in LACKS


def test_knobs_are_the_fields_of_an_architecture() -> None:
    fields = Architecture.__dataclass_fields__.keys()
    assert fields == CHANGES.keys() == LACKS.keys()
    assert all(knobs(family) <= fields for family in families())


def test_attention_is_trained_at_a_lower_rate() -> None:
    dense = paced("resnet8", digits.TRAINING)
    assert dense == digits.TRAINING
    cooler = paced("vit_tiny", digits.TRAINING)
    assert cooler.learning_rate < dense.learning_rate
    assert replace(cooler, learning_rate=dense.learning_rate) == dense


@pytest.mark.parametrize("family", MODULES)
def test_every_family_runs_in_channels_last(family: str) -> None:
    module = assemble(family, narrow(family)).eval()
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
    assert counts.params == 352 + weights + 3 * 128 + 330
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


def test_a_family_that_is_no_module_has_files_of_its_own_and_cannot_be_assembled() -> None:
    assert [family for family in families() if family not in MODULES] == ["random_forest"]
    assert {suffix(family) for family in MODULES} == {".safetensors"}
    assert (suffix("random_forest"), knobs("random_forest")) == (".onnx", frozenset())
    with pytest.raises(ModelError, match="random_forest is no torch module"):
        assemble("random_forest", Architecture())


def test_an_unknown_family_names_the_known_ones() -> None:
    with pytest.raises(
        ModelError,
        match=r"'vgg'.*deep_cnn, dwsep8, mlp, random_forest, .*simple_cnn, tied8, vit_tiny",
    ):
        assemble("vgg", Architecture())


def test_a_width_never_leaves_a_layer_empty() -> None:
    counts = count(assemble("simple_cnn", Architecture(width=0.001)), (1, 28, 28))
    assert counts.params > 0


def test_listing_everything_imports_no_torch() -> None:
    code = (
        "import sys, models; models.families(); models.datasets(); models.techniques(); "
        "models.Recipe(family='resnet8', techniques=('prune_structured',), dataset='digits'); "
        "models.input_shape('resnet8'); import models.counting; models.why_not("
        "models.Recipe(family='mlp', techniques=('grouped',), dataset='digits')); "
        "sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
