"""What a training reaches after how many samples: the same for a seed, however busy the machine."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.data import data_file, fit
from models.errors import ImpossibleError
from models.loop import loop
from models.possible import architecture
from models.zoo import input_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from models.learner import Learner, Setting
    from models.recipe import Recipe
    from models.training import Examples

HERE = Path(__file__).parent
HELD_OUT = 1 / 5  # of the training images: what tells when to stop is not what is trained on
MOST_HELD_OUT = 5_000  # half a point of accuracy is one standard error of so many
LOOKS = 4  # at the held-out images, in an epoch: as many for every loop, whatever its batch
CODE = ("blocks", "feeds", "learner", "learning", "loop", "training", "transformer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The accuracy of one training as it went on."""

    samples: tuple[int, ...]  # trained on until each look
    accuracies: tuple[float, ...]  # on the held-out images, 0 to 1
    test_accuracy: float  # at the end, on the test images, which decided nothing
    test_images: int
    diverged: bool  # the loss was no finite number, and the training was ended

    def samples_to(self, target: float) -> int | None:
        """After how many samples a look first found that accuracy; None if none did.

        As in MLPerf (Mattson et al. 2020, section 3.2.2), the first look that finds it counts.
        """
        looks = zip(self.samples, self.accuracies, strict=True)
        return next((samples for samples, accuracy in looks if accuracy >= target), None)

    def accuracy_after(self, samples: float) -> float | None:
        """What the last look before so many samples had found; None before the first."""
        looks = zip(self.samples, self.accuracies, strict=True)
        return next((found for at, found in reversed(list(looks)) if at <= samples), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A data set as trainings see it; shapes are those that the family takes."""

    train_images: NDArray[np.float32]
    train_labels: NDArray[np.int64]
    held_out_images: NDArray[np.float32]
    held_out_labels: NDArray[np.int64]
    test_images: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    sha256: str


def split(family: str, dataset: str) -> Split:
    """The last of the training images are held out: where images stand by writer, other writers.

    Raises:
        ImpossibleError: there are no labels to learn.
    """
    data = data_file(dataset).load()
    if not data.has_labels:
        msg = f"{dataset} has no labels, so that there is nothing to learn"
        raise ImpossibleError(msg)
    shape = input_shape(family)
    images = fit(data.train_images, shape)
    kept = len(images) - min(MOST_HELD_OUT, int(HELD_OUT * len(images)))
    return Split(
        train_images=images[:kept],
        train_labels=data.train_labels[:kept],
        held_out_images=images[kept:],
        held_out_labels=data.train_labels[kept:],
        test_images=fit(data.test_images, shape),
        test_labels=data.test_labels,
        sha256=data.sha256,
    )


def essence(recipe: Recipe, setting: Setting) -> dict[str, Any]:
    """All that decides a curve but for the seed: equal for trainings that learn the same.

    Loops that only compute their steps in another way share it, so that the luck of rounding is
    not taken for a difference between them.
    """
    from models.learner import untrained

    module = untrained(recipe, 0)
    files = [HERE / f"{name}.py" for name in CODE]
    files += [HERE / "data" / f"{recipe.dataset}.py", HERE / "zoo" / f"{recipe.family}.py"]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return {
        "family": recipe.family,
        "dataset": recipe.dataset,
        "architecture": asdict(architecture(recipe)),
        "shapes": {name: list(each.shape) for name, each in module.named_parameters()},
        "loop": asdict(loop(recipe).essence(by_batch=_by_batch(module))),
        "setting": {**asdict(setting), "device": setting.device.partition(":")[0]},
        "code": digest.hexdigest(),
    }


def _by_batch(module: nn.Module) -> bool:
    from torch import nn

    return any(isinstance(layer, nn.BatchNorm2d) for layer in module.modules())


def learn(
    recipe: Recipe, setting: Setting, data: Split, seed: int, report: Callable[[float], None]
) -> Curve:
    """Train once, looking at the held-out images now and then; the same for the same seed.

    Args:
        recipe: the network and how it is trained.
        setting: what the scenario says.
        data: what is learnt.
        seed: of the first weights and of the order of the images.
        report: told the share that is done, 0 to 1.

    Raises:
        ImpossibleError: the loop does not fit the setting.
    """
    from models.learner import Learner
    from models.training import seeded

    examples = on_device(setting.device, data.train_images, data.train_labels)
    held_out = on_device(setting.device, data.held_out_images, data.held_out_labels)
    tested = on_device(setting.device, data.test_images, data.test_labels)
    with seeded(seed):
        learner = Learner(recipe, setting, examples, seed=seed)
        accuracies: dict[int, float] = {}
        diverged = False
        for step in _looks(learner, len(examples[0])):
            accuracies[step * learner.batch_size] = _accuracy(learner.module, held_out)
            report(step / learner.steps)
            if diverged := not bool(learner.loss.isfinite()):
                break
        return Curve(
            samples=tuple(accuracies),
            accuracies=tuple(accuracies.values()),
            test_accuracy=_accuracy(learner.module, tested),
            test_images=len(data.test_labels),
            diverged=diverged,
        )


def _looks(learner: Learner, images: int) -> Iterator[int]:
    """Train, stopping after the first step at or past each part of an epoch, and after the last."""
    marks, size = images / LOOKS, learner.batch_size
    for step in range(1, learner.steps + 1):
        learner.step()
        if step * size // marks > (step - 1) * size // marks or step == learner.steps:
            yield step


def _accuracy(module: nn.Module, examples: Examples) -> float:
    """In fp32, whatever it is trained in; the module goes on training afterwards."""
    from models.training import accuracy

    found = accuracy(module, *examples)
    module.train()
    return found


def on_device(device: str, images: NDArray[np.float32], labels: NDArray[np.int64]) -> Examples:
    """Images and labels as tensors there."""
    import numpy as np
    import torch

    pair = (torch.from_numpy(np.ascontiguousarray(each)) for each in (images, labels))
    moved = [each.to(device) for each in pair]
    return moved[0], moved[1]


def as_dict(curve: Curve) -> dict[str, Any]:
    """For JSON."""
    return asdict(curve)


def from_dict(stored: Mapping[str, Any]) -> Curve:
    """Back from JSON."""
    lists = {name: tuple(stored[name]) for name in ("samples", "accuracies")}
    return Curve(**{**stored, **lists})
