from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bench.runtimes.ort_linked import PROVIDER, tensorrt_major

if TYPE_CHECKING:
    from pathlib import Path

# As they stand in the provider of onnxruntime-gpu 1.31.1.
NAMES = b"\0libcudnn.so.9\0libnvinfer_plugin.so.10\0libnvinfer.so.10\0libcudart.so.13\0"


@pytest.mark.parametrize(
    ("content", "major"),
    [
        (b"\x7fELF" + NAMES, "10"),
        (b"\x7fELF" + NAMES.replace(b"10", b"11"), "11"),
        (b"cannot find libnvinfer.so.10 anywhere", None),
        (None, None),
    ],
)
def test_the_version_is_that_of_the_file_that_the_provider_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, major: str | None
) -> None:
    if content is not None:
        (tmp_path / PROVIDER).parent.mkdir()
        (tmp_path / PROVIDER).write_bytes(content)
    runtime = SimpleNamespace(__file__=str(tmp_path / "__init__.py"))
    monkeypatch.setitem(sys.modules, "onnxruntime", runtime)
    assert tensorrt_major() == major
