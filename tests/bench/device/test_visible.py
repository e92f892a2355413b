from __future__ import annotations

import pytest

from bench.device.visible import NotVisibleError, chosen


@pytest.mark.parametrize(
    ("visible", "index", "found"),
    [
        (None, 2, 2),
        ("0", 0, 0),
        ("3,1", 0, 3),
        ("3, 1", 1, 1),
        ("1st,2nd", 1, 2),  # as strtoul reads them
        ("GPU-8932f937,GPU-6a5b", 1, "GPU-6a5b"),
        ("MIG-5c6e-1", 0, "MIG-5c6e-1"),
        ("MIG-GPU-8932f937/1/0", 0, "MIG-GPU-8932f937/1/0"),
    ],
)
def test_the_list_is_read_as_cuda_reads_it(
    visible: str | None, index: int, found: int | str
) -> None:
    assert chosen(visible, index) == found


@pytest.mark.parametrize(
    ("visible", "index", "shown"),
    [
        ("", 0, "no devices"),
        ("-1", 0, "no devices"),
        ("0,-1,1", 1, "1 device;"),  # what follows an entry that is none is not seen
        ("0,0", 0, "no devices"),
        ("GPU-1,1", 1, "1 device;"),
        ("0,1", 2, "2 devices"),
    ],
)
def test_what_is_not_in_the_list_is_not_visible(visible: str, index: int, shown: str) -> None:
    with pytest.raises(NotVisibleError, match=shown):
        chosen(visible, index)
