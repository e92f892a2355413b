"""NVML's handle of what CUDA uses: a whole GPU, or in MIG mode a part of one.

NVML counts devices as the PCI bus does and CUDA by speed, so a device is found by the UUID that
torch gives, wherever it is known. Of a GPU in MIG mode CUDA shows a process one part only, also
where CUDA_VISIBLE_DEVICES is not set or counts GPUs, as it does in most containers. Then torch's
UUID is the part's (CUDA Driver API, cuDeviceGetUuid), and NVML lists the parts below their GPU.
"""

from __future__ import annotations

from typing import Any

from bench.device.visible import NotVisibleError

MIG = "MIG-"


def find(library: Any, wanted: int | str, uuid: str | None) -> Any:  # noqa: ANN401 - untyped
    """The handle of a device.

    Args:
        library: the module pynvml, initialised.
        wanted: its number, or its UUID or the beginning of it, as CUDA_VISIBLE_DEVICES has it.
        uuid: as torch's device properties have it, without "GPU-" or "MIG-"; None: not known.

    Raises:
        NotVisibleError: no device has this UUID.
        NVMLError: there is no device of this number, or NVML fails.
    """
    if str(wanted).startswith(MIG):
        return library.nvmlDeviceGetHandleByUUID(wanted)
    if uuid is None and isinstance(wanted, int):
        return _used(library, library.nvmlDeviceGetHandleByIndex(wanted))
    named = str(uuid or wanted)
    for index in range(library.nvmlDeviceGetCount()):
        whole = library.nvmlDeviceGetHandleByIndex(index)
        for part in _parts(library, whole):
            if _is_named(library, part, named):
                return part
        if _is_named(library, whole, named):
            return _used(library, whole)
    msg = f"no device's UUID begins with {named}"
    raise NotVisibleError(msg)


def is_divided(library: Any, whole: Any) -> bool:  # noqa: ANN401 - the library is untyped
    """Whether a GPU is in MIG mode now; before Ampere and driver 450 there is no such mode."""
    try:
        current, _after_reset = library.nvmlDeviceGetMigMode(whole)
    except library.NVMLError as error:
        if error.value not in {
            library.NVML_ERROR_NOT_SUPPORTED,
            library.NVML_ERROR_FUNCTION_NOT_FOUND,
        }:
            raise
        return False
    return bool(current)


def _is_named(library: Any, handle: Any, named: str) -> bool:  # noqa: ANN401 - untyped
    """By the beginning of NVML's UUID, or by torch's, which is NVML's without the prefix."""
    own = str(library.nvmlDeviceGetUUID(handle))
    return own.startswith(named) or own.partition("-")[2] == named


def _used(library: Any, whole: Any) -> Any:  # noqa: ANN401 - the library is untyped
    """The first part, which is a guess where torch does not tell; the GPU where it shows none."""
    return next(iter(_parts(library, whole)), whole)


def _parts(library: Any, whole: Any) -> list[Any]:  # noqa: ANN401 - the library is untyped
    """The MIG devices of a GPU; their numbers have gaps where parts were removed."""
    if not is_divided(library, whole):
        return []
    found = []
    for index in range(library.nvmlDeviceGetMaxMigDeviceCount(whole)):
        try:
            found.append(library.nvmlDeviceGetMigDeviceHandleByIndex(whole, index))
        except library.NVMLError as error:
            if error.value != library.NVML_ERROR_NOT_FOUND:
                raise
    return found
