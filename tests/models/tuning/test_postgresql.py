"""A search in a real PostgreSQL server, which is started here; skipped where none is installed."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from models.__main__ import main
from models.errors import ModelError
from models.tuning import command, study
from models.tuning.problems import random_forest
from models.tuning.storage import open_storage
from tests.models.tuning.fake import run, task
from tests.models.tuning.stepped import Process

if TYPE_CHECKING:
    from collections.abc import Iterator

INITDB = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)  # of Debian's package
OWNER = "postgres"  # the user that Debian's package makes; a server refuses to run as root


class Server:
    """A cluster of its own in a temporary folder, on a free port."""

    def __init__(self, folder: Path, programs: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._folder = folder
        self._programs = programs
        self.url = f"postgresql+psycopg2://{OWNER}:secret@127.0.0.1:{self._port}/postgres"
        self._run("initdb", "-U", OWNER, "-A", "trust", "--no-sync")

    def start(self) -> None:
        """Wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -k {self._folder}"
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """At once, whoever is connected."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        own = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
        whole = [*own, str(self._programs / program), "-D", str(self._folder / "data"), *arguments]
        # A server that inherits a pipe keeps it open, and whoever reads it waits for ever.
        subprocess.run(whole, check=True, cwd=self._folder, stdout=subprocess.DEVNULL)


@pytest.fixture
def server() -> Iterator[Server]:
    if INITDB is None:
        pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    if importlib.util.find_spec("psycopg2") is None:
        pytest.skip("psycopg2 is not installed: pip install psycopg2-binary")
    folder = Path(tempfile.mkdtemp(prefix="speedproof-postgresql-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam(OWNER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    one = Server(folder, INITDB.parent)
    one.start()
    try:
        yield one
        one.stop()
    finally:
        shutil.rmtree(folder)


def test_two_processes_share_a_search_in_a_database(server: Server) -> None:
    processes = [Process(server.url, "grid") for _ in range(2)]
    try:
        lost = processes[0].begun()  # its first fit never ends
        fitted: Counter[str] = Counter()
        for _ in range(3 * 8):  # the folds of all other configurations
            fitted[processes[1].begun()] += 1
            processes[1].go()
        processes[0].kill()
        assert processes[1].begun() == lost  # noticed, and taken over
    finally:
        for one in processes:
            one.kill()
    assert set(fitted.values()) == {3}
    assert lost not in fitted
    trials = task(server.url).study.trials()
    # Failed are also those that gave way to the other process in the same moment.
    assert sum(one.state == "complete" for one in trials) == 8


def test_what_is_finished_outlives_a_server_that_goes_away(server: Server, tmp_path: Path) -> None:
    run("tpe", task(server.url, fits=6))
    server.stop()
    with pytest.raises(ModelError, match=r"postgres:\*\*\*@.* cannot be used") as caught:
        open_storage(server.url)
    assert "secret" not in str(caught.value)
    server.start()
    resumed, alone = task(server.url, fits=15), task(tmp_path / "alone", fits=15)
    for one in (resumed, alone):
        run("tpe", one)
    configurations = [one.configuration for one in resumed.study.trials()]
    assert configurations == [one.configuration for one in alone.study.trials()]


SCENARIO = """
summary = "tiny"
problem = "random_forest"
dataset = "digits"
samples = 200
[budget]
fits = 6
[space]
n_estimators = [1, 2]
max_depth = [1, 4]
"""


def test_a_server_that_goes_away_half_way_is_told_and_the_search_goes_on_later(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results")
    (tmp_path / "tiny.toml").write_text(SCENARIO)
    tune = ["tune", str(tmp_path / "tiny.toml"), "--to", str(tmp_path), "--storage", server.url]
    real, begun = random_forest.score, list[int]()

    def score(*arguments: object) -> float:
        begun.append(1)
        if len(begun) == 5:
            server.stop()
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(random_forest, "score", score)
    assert main(tune) == 2
    error = capsys.readouterr().err
    assert "the storage failed" in error
    assert "--resume goes on" in error
    assert "secret" not in error
    server.start()
    monkeypatch.setattr(study, "_started", lambda _pid: "later")  # as if by another process
    assert main([*tune, "--resume"]) == 0
    trials = (tmp_path / "results/tiny/trials.csv").read_text().splitlines()[1:]
    assert [line.split(",")[3] for line in trials] == ["complete", "failed", "complete"]
