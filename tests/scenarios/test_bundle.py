from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scenarios import ScenarioError, tuning_of, unbundled

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE = """
summary = "Everything"
scenarios = ["two", "one"]
"""


@pytest.fixture(autouse=True)
def members(tmp_path: Path) -> dict[str, Path]:
    """Two scenarios, of which a bundle asks nothing but that they are files; and another bundle."""
    files = {name: tmp_path / f"{name}.toml" for name in ("one", "two")}
    for file in files.values():
        file.touch()
    (tmp_path / "more.toml").write_text(BUNDLE)
    return files


def bundle(folder: Path, text: str = BUNDLE) -> Path:
    file = folder / "all.toml"
    file.write_text(text)
    return file


def test_a_scenario_stands_for_itself(members: dict[str, Path]) -> None:
    assert unbundled([members["two"], members["one"]]) == [members["two"], members["one"]]


def test_a_bundle_stands_for_its_scenarios_in_its_order(
    members: dict[str, Path], tmp_path: Path
) -> None:
    assert unbundled([bundle(tmp_path)]) == [members["two"], members["one"]]


def test_a_scenario_named_twice_is_there_once(members: dict[str, Path], tmp_path: Path) -> None:
    files = [members["one"], bundle(tmp_path), members["two"]]
    assert unbundled(files) == [members["one"], members["two"]]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            '"two"',
            '"twoo"',
            "scenarios: 'twoo' is not allowed; allowed is one of more, one, two; "
            "did you mean 'two'?",
            id="unknown",
        ),
        pytest.param(
            '"one"', '"two"', "scenarios: 'two' is listed twice; list each once", id="twice"
        ),
        pytest.param(
            '"one"',
            '"more"',
            "scenarios: 'more' is a bundle itself; list its scenarios instead",
            id="nested",
        ),
        pytest.param(
            "summary",
            'dataset = "digits"\nsummary',
            "unknown key 'dataset'; known keys are summary, scenarios, tuning; remove it",
            id="key_of_a_scenario",
        ),
        pytest.param(
            'summary = "Everything"',
            "",
            "missing key 'summary'; allowed is one line of text; write for example summary = "
            '"Everything that is measured for a release."',
            id="no_summary",
        ),
        pytest.param(
            '["two", "one"]',
            "[]",
            "scenarios: an empty list is not allowed; allowed is a list of at least one; write for "
            'example scenarios = ["more"]',
            id="empty",
        ),
    ],
)
def test_a_wrong_bundle_says_what_is_allowed(old: str, new: str, line: str, tmp_path: Path) -> None:
    assert old in BUNDLE
    with pytest.raises(ScenarioError) as raised:
        unbundled([bundle(tmp_path, BUNDLE.replace(old, new))])
    assert str(raised.value) == f"all.toml: top level: {line}"


def test_a_member_that_cannot_be_read_is_named(members: dict[str, Path], tmp_path: Path) -> None:
    members["one"].write_text("[")
    with pytest.raises(ScenarioError, match=r"one\.toml: top level: not valid TOML"):
        unbundled([bundle(tmp_path)])


def test_a_bundle_names_tuning_scenarios_out_of_those_known(
    members: dict[str, Path], tmp_path: Path
) -> None:
    searched = BUNDLE + 'tuning = ["forest", "net"]\n'
    file = bundle(tmp_path, searched)
    assert tuning_of(file, ["net", "other", "forest"]) == ("forest", "net")
    assert unbundled([file]) == [members["two"], members["one"]]
    assert tuning_of(bundle(tmp_path), ["net"]) == ()
    assert tuning_of(members["one"], ["net"]) == ()
    with pytest.raises(ScenarioError) as raised:
        tuning_of(bundle(tmp_path, searched), ["net", "forests"])
    assert str(raised.value) == (
        "all.toml: top level: tuning: 'forest' is not allowed; allowed is one of forests, net; did "
        "you mean 'forests'?"
    )
