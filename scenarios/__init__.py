"""Scenarios: which cases a run measures, read from TOML files and checked before any work."""

from scenarios.bundle import tuning_of, unbundled
from scenarios.parse import load, shipped
from scenarios.scenario import (
    Baseline,
    Budget,
    EngineWords,
    Inputs,
    Matrix,
    ModelSource,
    Scenario,
    ScenarioError,
    Technique,
    TensorSpec,
    Training,
    Vocabulary,
)

__all__ = [
    "Baseline",
    "Budget",
    "EngineWords",
    "Inputs",
    "Matrix",
    "ModelSource",
    "Scenario",
    "ScenarioError",
    "Technique",
    "TensorSpec",
    "Training",
    "Vocabulary",
    "load",
    "shipped",
    "tuning_of",
    "unbundled",
]
