from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from models import ImpossibleError, Recipe
from models.counting import count
from models.learner import Learner, Setting, untrained
from models.learning import split
from tests.bench.fake_cuda import FakeCuda

SETTING = Setting(batch_size=16, learning_rate=0.02, epochs=2, precision="fp32", device="cpu")
DATA = split("simple_cnn", "digits")
EXAMPLES = torch.from_numpy(DATA.train_images[:96]), torch.from_numpy(DATA.train_labels[:96])
SAME = [
    "channels_last",
    "foreach_optimizer",
    "fused_optimizer",
    "accumulate@steps=2",
    "activation_checkpointing",
    "loader@workers=1",
]


def recipe(*techniques: str, family: str = "simple_cnn") -> Recipe:
    return Recipe(family=family, techniques=techniques or ("dense",), dataset="digits")


def learner(*techniques: str, seed: int = 0, setting: Setting = SETTING) -> Learner:
    return Learner(recipe(*techniques), setting, EXAMPLES, seed=seed)


def losses(own: Learner, steps: int = 8) -> list[float]:
    return [stepped(own) for _ in range(steps)]


def stepped(own: Learner) -> float:
    own.step()
    return own.loss.item()


def by_hand(steps: int) -> list[float]:
    """The plain loop, written down as anyone would."""
    module, plain = untrained(recipe(), 0), learner()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.02, momentum=0.9)
    found = []
    for _ in range(steps):
        images, labels = plain.fetch()
        loss = nn.functional.cross_entropy(module(images), labels)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        found.append(loss.item())
    return found


def test_every_memory_format_begins_with_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    def in_the_order_of_memory(layer: nn.Conv2d) -> None:  # as torch 2.11 has it
        nn.init.uniform_(layer.weight)
        nn.init.zeros_(torch.as_tensor(layer.bias))

    monkeypatch.setattr(nn.Conv2d, "reset_parameters", in_the_order_of_memory)
    plain, moved = untrained(recipe(), 0), untrained(recipe("channels_last"), 0)
    for own, other in zip(plain.parameters(), moved.parameters(), strict=True):
        assert torch.equal(own, other)
    assert not all(parameter.is_contiguous() for parameter in moved.parameters())


def test_the_plain_loop_is_sgd_with_momentum_on_cross_entropy() -> None:
    assert losses(learner()) == pytest.approx(by_hand(8), rel=1e-5)


@pytest.mark.parametrize("technique", SAME)
def test_what_shares_a_curve_learns_the_same(technique: str) -> None:
    assert losses(learner(technique)) == pytest.approx(losses(learner()), rel=1e-3)


def test_compiled_it_learns_the_same() -> None:
    compiled = Learner(recipe(), SETTING, EXAMPLES, seed=0, compiled=True)
    assert losses(compiled, 3) == pytest.approx(losses(learner(), 3), rel=1e-3)


def test_a_training_learns_and_is_that_of_its_seed() -> None:
    long = losses(learner(setting=replace(SETTING, epochs=10)), 60)
    assert long[-1] < 0.5 * long[0]
    assert losses(learner()) == losses(learner())
    assert losses(learner(seed=1)) != losses(learner())


def test_a_larger_batch_takes_more_samples_and_fewer_steps_at_a_scaled_rate() -> None:
    own = learner("larger_batch@times=2")
    assert (own.batch_size, own.steps_per_epoch, own.steps) == (32, 3, 6)
    assert own._optimizer.param_groups[0]["lr"] == pytest.approx(0.04)
    assert len(own.fetch()[1]) == 32


def test_one_cycle_rises_to_its_peak_and_falls_to_nothing() -> None:
    own = learner("one_cycle@epochs=2,peak=3.0")
    rates = []
    for _ in range(own.steps):
        rates.append(own._optimizer.param_groups[0]["lr"])
        own.step()
    assert own.steps == 12
    assert max(rates) == pytest.approx(0.06, rel=0.05)
    assert rates[0] < 0.01
    assert rates[-1] < 0.005


@pytest.mark.parametrize("techniques", [["dense"], ["one_cycle@epochs=1"]], ids=str)
def test_after_a_training_the_next_begins_from_the_same_weights(techniques: list[str]) -> None:
    own = learner(*techniques)
    first = stepped(own)
    for _ in range(own.steps - 1):
        own.step()
    own.train(*learner(*techniques).fetch())
    assert own.loss.item() == pytest.approx(first)


def test_bf16_computes_in_bf16_and_keeps_its_weights_in_fp32() -> None:
    own = learner(setting=replace(SETTING, precision="bf16"))
    assert losses(own) != losses(learner())
    assert losses(own)[0] == pytest.approx(losses(learner())[0], rel=0.5)
    assert {each.dtype for each in own.module.parameters()} == {torch.float32}


def test_a_pruned_network_has_the_shape_and_none_of_the_weights() -> None:
    own = untrained(recipe("prune_structured@ratio=0.5,round_to=1"), 0)
    layers = [m for m in own.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert [len(layer.weight) for layer in layers] == [5, 10, 25, 10]
    assert count(own, (1, 28, 28)).macs < count(untrained(recipe(), 0), (1, 28, 28)).macs
    bound = 1 / layers[1].weight[0].numel() ** 0.5  # of torch's own initialisation
    assert 0.8 * bound < float(layers[1].weight.detach().abs().max()) <= bound


def test_a_shape_that_depends_on_trained_weights_is_refused() -> None:
    with pytest.raises(ImpossibleError, match="scope=global the shape depends on trained weights"):
        untrained(recipe("prune_structured@scope=global"), 0)


def test_channels_last_weights_stay_so() -> None:
    own = learner("channels_last")
    losses(own)
    weight = own.module[3].weight  # type: ignore[index]
    assert weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("technique", "message"),
    [
        ("larger_batch@times=8", "a batch has 128 images, and there are 96 to train on"),
        ("accumulate@steps=3", "a batch of 16 has no 3 equal parts"),
        ("one_cycle@epochs=3", "a cycle of 3 epochs does not end within the 2"),
    ],
)
def test_a_loop_that_does_not_fit_is_a_reason(technique: str, message: str) -> None:
    with pytest.raises(ImpossibleError, match=message):
        learner(technique)


@pytest.mark.parametrize("family", ["simple_cnn", "resnet8"])  # the latter has batch norm
def test_a_captured_loop_trains_what_the_curve_that_it_shares_says(
    family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the same first batch, and from statistics that nothing has moved."""
    plain = Learner(recipe(family=family), SETTING, EXAMPLES, seed=0)
    FakeCuda(lambda _: 0.0, capability=(9, 0)).patch(monkeypatch)
    setting = replace(SETTING, device="cuda:0")
    captured = Learner(recipe("cuda_graph", family=family), setting, EXAMPLES, seed=0)
    assert losses(captured, 3) == pytest.approx(losses(plain, 3), rel=1e-3)
    for name, wanted in plain.module.state_dict().items():
        torch.testing.assert_close(captured.module.state_dict()[name], wanted, rtol=1e-2, atol=1e-4)
