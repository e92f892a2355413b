"""A Session whose call is one training step, shared by the engines that train."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import models
from bench.device import tf32
from bench.device.stopwatch import TorchStopwatch
from bench.preparation.inputs import InputSet
from bench.runtimes.torch_session import set_up
from bench.workers.session import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.preparation.artifact import Artifact
    from bench.workers.session import Batch, Call
    from bench.workers.target import Target
    from models.learner import Learner

SEED = 0  # of what is timed: how long a step takes does not depend on it


def learner(artifact: Artifact, target: Target, *, compiled: bool) -> Learner:
    """What the artifact trains, on the target's device.

    Raises:
        Unavailable: there is no such device, or it has no arithmetic for the precision.
        EngineError: the artifact is not of a training scenario.
    """
    import torch

    from models.learner import Learner, Setting

    if artifact.recipe is None or artifact.training is None:
        msg = "an engine that trains was given something else than a network to train"
        raise EngineError(msg)
    set_up(target)
    inputs = InputSet.load(Path(artifact.inputs))
    if inputs.labels is None:
        msg = "there are no labels to learn"
        raise EngineError(msg)
    (images,) = inputs.arrays.values()
    examples = tuple(
        torch.from_numpy(each.copy()).to(target.device) for each in (images, inputs.labels)
    )
    setting = Setting(
        batch_size=target.batch_size,
        learning_rate=artifact.training["learning_rate"],
        epochs=artifact.training["most_epochs"],
        precision=target.precision,
        device=target.device,
    )
    recipe = models.Recipe(**artifact.recipe)
    return Learner(recipe, setting, (examples[0], examples[1]), seed=SEED, compiled=compiled)


class TrainingSession:
    """Each call trains one step further, whatever batch it was bound to: it fetches its own."""

    own_batches = True  # so that nothing can be said of what was bound, such as where it lies

    def __init__(self, learner: Learner, target: Target) -> None:
        import torch

        self._learner = learner
        self._device = target.device
        self.asynchronous = target.device != "cpu"
        # On the host's clock a step would end when it is launched; on this one gaps count too.
        self.stopwatch = TorchStopwatch(target.device) if self.asynchronous else None
        loop = learner.loop
        fetched = "on the device" if loop.workers is None else f"by {loop.workers} processes"
        self.facts = {
            "provider": f"torch {target.device}",
            "precision": "float32"
            if target.precision == "fp32"
            else f"{target.precision} autocast",
            "threads": str(torch.get_num_threads()),
            "boundary": f"one training step, its batch fetched {fetched}",
            "step": f"{learner.batch_size} samples; times are of {target.batch_size}",
        }
        if self.asynchronous:
            self.facts["tf32"] = tf32.told()

    def bind(self, _batch: Batch) -> Call:
        """A step of the training, which goes on from call to call."""
        return self._learner.step

    def outputs(self, _batch: Batch) -> list[NDArray[Any]]:
        """None: what is learnt is found out apart from the timing, while cases are prepared."""
        return []

    def synchronize(self) -> None:
        """Wait for the device; a CPU has nothing to wait for."""
        import torch

        if self.asynchronous:
            torch.cuda.synchronize(self._device)

    def waiting(
        self, at_least_s: float, clock: Callable[[], float] = time.perf_counter
    ) -> tuple[float, float]:
        """Seconds until batches were there, and seconds in all, of steps for at least so long."""
        fetching_s, started_s = 0.0, clock()
        while clock() - started_s < at_least_s:
            before_s = clock()
            batch = self._learner.fetch()
            self.synchronize()
            fetching_s += clock() - before_s
            self._learner.train(*batch)
            self.synchronize()
        return fetching_s, clock() - started_s
