"""The keys `model` and `models`: families of the suite, or the user's own by file or factory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scenarios.scenario import Kind, ModelSource, Vocabulary
from scenarios.section import Section, hint, listed, shown

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

FILE_KINDS: dict[str, Kind] = {"onnx": "onnx", "exported": "exported"}
OWN = '{ onnx = "FILE" }, { exported = "FILE" } or { factory = "package.module:function" }'
FACTORY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)
UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")  # characters that mean something in a case's id

PLACEHOLDER = ModelSource(kind="family", target="", name="")  # after a mistake, never used


def model_sources(top: Section, folder: Path, words: Vocabulary) -> tuple[ModelSource, ...]:
    """The models of a scenario: one of any kind, or several families."""
    if "models" not in top.table:
        return (_model_source(top, folder, words),)
    if "model" in top.table:
        top.report("model and models are both given; keep model for one, models for several")
    return families(top, words.families)


def families(section: Section, known: Collection[str]) -> tuple[ModelSource, ...]:
    """The families that the key `models` of a section lists."""
    names = section.words("models", known, None) or ("",)
    return tuple(ModelSource(kind="family", target=name, name=name) for name in names)


def _model_source(top: Section, folder: Path, words: Vocabulary) -> ModelSource:
    """Where the one model comes from; paths are relative to the scenario's folder."""
    value = top.table.get("model")
    if isinstance(value, dict):
        return _own(top, value, folder)
    if isinstance(value, str) and value in words.families:
        return ModelSource(kind="family", target=value, name=value)
    allowed = f"a family ({listed(words.families)}) or {OWN}"
    if value is None:
        example = min(words.families, default="FAMILY")
        top.report(
            f"missing key 'model'; allowed is {allowed}; add for example model = \"{example}\""
        )
    else:
        top.wrong("model", value, allowed, hint(shown(value), words.families, "correct it"))
    return PLACEHOLDER


def _own(top: Section, table: dict[str, object], folder: Path) -> ModelSource:
    """A model that the user brings."""
    kinds = [*FILE_KINDS, "factory"]
    if len(table) != 1 or next(iter(table)) not in kinds:
        keys = ", ".join(shown(key) for key in table) or "no key"
        top.report(f"model: its table has {keys}; allowed is one of {OWN}; correct its keys")
        return PLACEHOLDER
    kind, target = next(iter(table.items()))
    if kind == "factory":
        return _factory(top, target)
    file = existing_file(top, f"model.{kind}", target, folder)
    if file is None:
        return PLACEHOLDER
    name = UNSAFE.sub("_", file.stem)
    return ModelSource(kind=FILE_KINDS[kind], target=str(file), name=name)


def _factory(top: Section, target: object) -> ModelSource:
    """A function that returns the module; whether it exists shows when bench imports it."""
    if not isinstance(target, str) or not FACTORY.fullmatch(target):
        allowed = '"package.module:function"'
        advice = 'write for example model = { factory = "my_package.networks:build" }'
        top.wrong("model.factory", target, allowed, advice)
        return PLACEHOLDER
    module, _, function = target.partition(":")
    name = f"{module.rpartition('.')[2]}.{function}"
    return ModelSource(kind="factory", target=target, name=name)


def existing_file(section: Section, key: str, value: object, folder: Path) -> Path | None:
    """The absolute path of a file that is there; otherwise None, and a report."""
    if not isinstance(value, str) or not value:
        section.wrong(key, value, "the path of a file", "write a path relative to the scenario's")
        return None
    file = (folder / value).absolute()
    try:
        if file.is_file():
            return file
        reason = "there is no file"
    except OSError as error:  # its name is too long, or its folder closed
        reason = f"{error.strerror}:"
    advice = "paths are relative to the scenario's folder; correct it or put the file there"
    section.report(f"{key}: {reason} {shown(str(file))}; {advice}")
    return None
