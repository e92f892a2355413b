"""What every problem keeps to, on a few digits."""

from __future__ import annotations

import pytest

from models.data import digits
from models.errors import ModelError
from models.tuning.problems import Part, problem_file, problems

CHEAP = {"n_estimators": 3, "epochs": 2, "blocks": 1, "batch_size": 10}


@pytest.fixture(scope="module")
def parts() -> tuple[Part, Part]:
    data = digits.load()
    train = Part(images=data.train_images[:150], labels=data.train_labels[:150])
    return train, Part(images=data.test_images[:60], labels=data.test_labels[:60])


@pytest.mark.parametrize("name", problems())
def test_a_score_is_an_accuracy_that_its_seed_decides(name: str, parts: tuple[Part, Part]) -> None:
    file = problem_file(name)
    configuration = {key: CHEAP.get(key, value) for key, value in file.DEFAULTS.items()}
    steps: list[tuple[int, float]] = []
    scores = [
        file.score(configuration, *parts, seed, lambda step, score: steps.append((step, score)))
        for seed in (0, 0, 1)
    ]
    assert scores[0] == scores[1]
    assert 0.05 < scores[0] <= 1.0
    if file.STEPS:
        reported = int(configuration[file.STEPS])
        assert [step for step, _ in steps[:reported]] == list(range(1, reported + 1))
        assert steps[reported - 1][1] == scores[0]
        assert scores[2] != scores[0]


@pytest.mark.parametrize("name", problems())
def test_the_defaults_pass_the_check_and_nonsense_does_not(name: str) -> None:
    file = problem_file(name)
    file.check(dict(file.DEFAULTS))
    for key in file.DEFAULTS:
        wrong = "no such" if key == "schedule" else -1
        with pytest.raises(ModelError, match=f"{key} is"):
            file.check({**file.DEFAULTS, key: wrong})


def test_depth_has_an_end() -> None:
    file = problem_file("resnet20")
    with pytest.raises(ModelError, match="blocks is 4, but must be 3 or less"):
        file.check({**file.DEFAULTS, "blocks": 4})
