"""What may be chosen: a search space, as grids, as random distributions and as Optuna sees it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.random import RandomState
    from optuna.distributions import BaseDistribution

Value = bool | int | float | str
Configuration = dict[str, Value]


def key(configuration: Mapping[str, Value], rows: int | None = None) -> str:
    """The same text for the same configuration, judged on the same number of rows."""
    return json.dumps([dict(sorted(configuration.items())), rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratios:
    """Whole numbers by ratios, as Optuna's samplers draw them from an IntDistribution with log.

    The logarithm is uniform from half a step below the lowest number to half a step above the
    highest, so that both ends have their full share, and what was drawn is rounded.
    """

    low: int  # 1 or more
    high: int

    def rvs(self, random_state: RandomState) -> int:
        """One of them; scikit-learn asks by this name."""
        ends = math.log(self.low - 0.5), math.log(self.high + 0.5)
        return min(max(round(math.exp(random_state.uniform(*ends))), self.low), self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One thing to choose: from a list, or from a range if the list is empty."""

    name: str
    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False  # the range is searched by ratios rather than by differences
    whole: bool = False  # only whole numbers

    @property
    def ordered(self) -> bool:
        """Whether its choices are numbers, of which a neighbour says something."""
        return all(isinstance(c, int | float) and not isinstance(c, bool) for c in self.choices)

    @property
    def _ranked(self) -> list[Value]:
        """Numbers to choose from by size, however the file lists them: ranks tell of neighbours."""
        return sorted(self.choices, key=float)

    def distribution(self) -> BaseDistribution:
        """As stored with each trial, and as Optuna's dashboard shows it."""
        from optuna import distributions

        if self.choices:
            return distributions.CategoricalDistribution(self.choices)
        if self.whole:
            return distributions.IntDistribution(int(self.low), int(self.high), log=self.log)
        return distributions.FloatDistribution(self.low, self.high, log=self.log)

    def proposal(self) -> BaseDistribution:
        """As samplers see it: numbers to choose from by their rank, since CMA-ES knows no lists."""
        from optuna.distributions import IntDistribution

        if self.choices and self.ordered:
            return IntDistribution(0, len(self.choices) - 1)
        return self.distribution()

    def chosen(self, proposed: Value) -> Value:
        """The value that a sampler's proposal stands for."""
        if self.choices and self.ordered:
            return self._ranked[int(proposed)]
        return proposed

    def proposed(self, value: Value) -> Value:
        """The proposal that stands for a value."""
        if self.choices and self.ordered:
            return self._ranked.index(value)
        return value

    def random(self) -> object:
        """As RandomizedSearchCV takes it: a list, or something to draw from."""
        from scipy import stats

        if self.choices:
            return list(self.choices)
        if self.whole:
            low, high = int(self.low), int(self.high)
            return Ratios(low=low, high=high) if self.log else stats.randint(low, high + 1)
        if self.log:
            return stats.loguniform(self.low, self.high)
        return stats.uniform(self.low, self.high - self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """All parameters of a search, in the order of the scenario file."""

    parameters: tuple[Parameter, ...]

    @property
    def size(self) -> int | None:
        """The number of configurations; None if a range makes it unlimited."""
        if not all(parameter.choices for parameter in self.parameters):
            return None
        return math.prod(len(parameter.choices) for parameter in self.parameters)

    def grid(self) -> dict[str, list[Value]]:
        """As GridSearchCV takes it; ModelError if there is a range."""
        for parameter in self.parameters:
            if not parameter.choices:
                msg = (
                    f"{parameter.name} is a range, which has no end of values; give a list of them"
                )
                raise ModelError(msg)
        return {parameter.name: list(parameter.choices) for parameter in self.parameters}

    def random(self) -> dict[str, object]:
        """As RandomizedSearchCV and HalvingRandomSearchCV take it."""
        return {parameter.name: parameter.random() for parameter in self.parameters}

    def distributions(self) -> dict[str, BaseDistribution]:
        """Of every parameter, as stored with each trial."""
        return {parameter.name: parameter.distribution() for parameter in self.parameters}

    def proposals(self) -> dict[str, BaseDistribution]:
        """As samplers see it; what has a single choice is nothing to search."""
        free = [parameter for parameter in self.parameters if len(parameter.choices) != 1]
        return {parameter.name: parameter.proposal() for parameter in free}

    def configuration(self, proposed: Mapping[str, Value]) -> Configuration:
        """What a sampler's proposal stands for."""
        return {
            parameter.name: parameter.chosen(proposed[parameter.name])
            if parameter.name in proposed
            else parameter.choices[0]
            for parameter in self.parameters
        }

    def proposed(self, configuration: Mapping[str, Value]) -> Configuration:
        """The proposal that stands for a configuration."""
        return {
            parameter.name: parameter.proposed(configuration[parameter.name])
            for parameter in self.parameters
            if len(parameter.choices) != 1
        }
