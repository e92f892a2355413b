from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.meters import host_memory
from bench.meters.host_memory import library_bytes
from bench.workers.worker import Bench
from tests.bench.fakes import TICK_S, FakeClock, ScriptedSession, scored

if TYPE_CHECKING:
    from pathlib import Path

# What a worker of OpenVINO had, shortened; each number of kB is another.
SMAPS = b"""\
5581e2a00000-5581e2c00000 r-xp 00000000 fe:00 320001                     /usr/bin/python3.11
Size:               2048 kB
Rss:                   1 kB
Pss:                 512 kB
Anonymous:             0 kB
AnonHugePages:         0 kB
VmFlags: rd ex mr mw me
5581e3000000-5581e4000000 rw-p 00000000 00:00 0                          [heap]
Size:              16384 kB
Rss:                   2 kB
Anonymous:             2 kB
7f0500000000-7f0500100000 r--p 00000000 fe:00 441                        /opt/lib/openvino.so.2
Rss:                   4 kB
Anonymous:             0 kB
7f0500100000-7f0500200000 r-xp 00100000 fe:00 441                        /opt/lib/openvino.so.2
Rss:                   8 kB
Anonymous:             0 kB
7f0500200000-7f0500300000 rw-p 00200000 fe:00 441                        /opt/lib/openvino.so.2
Rss:                  48 kB
Anonymous:            32 kB
7f0600000000-7f0600100000 r--p 00000000 fe:00 442                        /cache/int8 weights.bin
Rss:                  64 kB
Anonymous:             0 kB
7f0700000000-7f0700100000 r-xs 00000000 00:01 9                          /memfd:code (deleted)
Rss:                 128 kB
Anonymous:             0 kB
7f0800000000-7f0800100000 rwxp 00000000 00:00 0
Rss:                 256 kB
Anonymous:           256 kB
7fff00000000-7fff00002000 r-xp 00000000 00:00 0                          [vdso]
Rss:                 512 kB
Anonymous:             0 kB
"""
RIGHTS = st.sampled_from(["r--p", "r-xp", "rw-p", "rwxp", "r--s", "r-xs", "---p"])
NAMES = st.binary(max_size=40).map(lambda name: name.replace(b"\n", b"\\012"))
# Rights, inode, kB resident and of them kB written to.
MAPPINGS = st.lists(
    st.tuples(RIGHTS, st.integers(0, 5), st.integers(0, 1 << 40), st.integers(0, 1 << 40), NAMES)
)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Of a process of which the system tells a peak and its mappings."""
    (tmp_path / "status").write_text("VmPeak:\t  999 kB\nVmHWM:\t   4321 kB\nVmRSS:\t  100 kB\n")
    (tmp_path / "smaps").write_bytes(SMAPS)
    monkeypatch.setattr(host_memory, "STATUS", tmp_path / "status")
    monkeypatch.setattr(host_memory, "SMAPS", tmp_path / "smaps")
    clock = FakeClock()
    return Bench(ScriptedSession(clock, lambda _: TICK_S), scored(), 1, clock)


def told(own: Bench) -> dict[str, float]:
    return {each.metric.name: each.value for each in host_memory.quantities(own)}


def test_host_memory_is_the_peak_that_the_system_counted_and_the_libraries_in_it(
    own: Bench,
) -> None:
    assert told(own) == {
        "host_peak_bytes": 4321 * 1024,
        "host_library_bytes": (1 + 4 + 8 + 48 - 32) * 1024,
    }


def test_a_peak_that_is_not_told_is_absent(own: Bench, tmp_path: Path) -> None:
    (tmp_path / "status").write_text("Name:\tpython\n")
    assert told(own) == {}


def test_where_mappings_are_not_told_the_peak_is_there_alone(own: Bench, tmp_path: Path) -> None:
    (tmp_path / "smaps").unlink()
    assert told(own) == {"host_peak_bytes": 4321 * 1024}


def test_host_memory_is_read_on_linux_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    assert host_memory.missing("cpu") is not None


@given(mappings=MAPPINGS)
def test_only_files_that_are_executed_privately_are_libraries_whatever_their_names(
    mappings: list[tuple[str, int, int, int, bytes]],
) -> None:
    text, parts = b"", []
    for rights, inode, one, other, name in mappings:
        resident, written = max(one, other), min(one, other)
        text += b"7f00-7fff %s 00000000 fe:00 %d       %s\n" % (rights.encode(), inode, name)
        text += b"Size:  9 kB\nRss:  %d kB\nAnonymous:  %d kB\n" % (resident, written)
        parts.append((inode, rights in {"r-xp", "rwxp"}, resident - written))
    libraries = {inode for inode, executed, _ in parts if executed and inode}
    found = library_bytes(text)
    assert found == 1024 * sum(read for inode, _, read in parts if inode in libraries)


@given(text=st.binary())
def test_what_is_no_list_of_mappings_has_no_libraries(text: bytes) -> None:
    assert library_bytes(text) == 0
