"""Where studies are kept: a journal file, or a database by its URL."""

from __future__ import annotations

import fcntl
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import optuna
from optuna.exceptions import OptunaError
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, ProgrammingError, SQLAlchemyError

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from optuna.storages import BaseStorage

TRIES, WAIT_S = 5, 0.5  # of making its tables, which takes a server a fraction of a second
DRIVERS = "PostgreSQL needs `pip install psycopg2-binary`, MySQL `pip install pymysql`"


def open_storage(place: str | Path) -> BaseStorage:
    """The journal in a file, which is made if it is absent, or the database of a URL."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return _database(place) if isinstance(place, str) and "://" in place else _journal(place)


def _journal(place: str | Path) -> BaseStorage:
    path = Path(place)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return JournalStorage(JournalFileBackend(str(path), lock_obj=JournalLock(path)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = (
            f"{path}: no journal of trials can be kept there ({error}); name another file with "
            "--storage"
        )
        raise ModelError(msg) from error


def _database(url: str) -> BaseStorage:
    try:
        return _with_tables(url)
    except (SQLAlchemyError, ImportError, ValueError, RuntimeError) as error:
        msg = (
            f"the database {shown(url)} cannot be used: {_first(error)}; nothing was searched: "
            f"check the URL and that the server runs ({DRIVERS}), or leave out --storage to keep "
            "the trials in a file"
        )
        raise ModelError(msg) from error


def _with_tables(url: str) -> RDBStorage:
    """Of several processes that make the tables at once, all but one are told that they exist."""
    for _ in range(TRIES - 1):
        try:
            return RDBStorage(url)
        except (IntegrityError, ProgrammingError):
            time.sleep(WAIT_S)
    return RDBStorage(url)


@contextmanager
def kept_in(place: str | Path) -> Iterator[None]:
    """A search's use of its storage: whatever goes wrong half-way is a ModelError with a remedy."""
    try:
        yield
    except (OptunaError, SQLAlchemyError) as error:
        msg = (
            f"{shown(place)}: the storage failed: {_first(error)}; finished trials are kept in "
            "it: the same command with --resume goes on when it is there again"
        )
        raise ModelError(msg) from error


def _first(error: Exception) -> str:
    """The first line of what it says, or what it is: some say nothing."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def shown(place: str | Path) -> str:
    """A place as messages name it: a URL without its password."""
    if not (isinstance(place, str) and "://" in place):
        return str(place)
    try:
        return make_url(place).render_as_string(hide_password=True)
    except ArgumentError:
        return place.partition("://")[0] + "://..."


class JournalLock(JournalFileOpenLock):
    """Holds the journal while a process appends to it; a process that is killed lets go at once.

    Optuna's own locks are files, which a killed process leaves behind and others wait 30 s for.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Wait for the lock, then cut off what a killed process left of a half-written line."""
        self._file = self._path.with_name(self._path.name + ".lock").open("wb")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        _mend(self._path)
        return True

    def release(self) -> None:
        """Let others append."""
        if self._file:
            self._file.close()


def _mend(path: Path) -> None:
    with path.open("rb+") as journal:
        end = journal.seek(0, 2)
        if end == 0:
            return
        journal.seek(end - 1)
        if journal.read(1) != b"\n":
            journal.seek(0)
            journal.truncate(journal.read().rfind(b"\n") + 1)
