"""An NVIDIA GPU as it is measured: its own clock, its counters, and what it can do at most.

Each file knows one library, and imports it late:
- `nvml` reads clocks, temperature, power, energy and memory through pynvml (of nvidia-ml-py);
- `stopwatch` times by CUDA events of torch; `queued` is how they are used, and knows no library;
- `visible` is how CUDA counts devices, `reasons` what may hold a clock down: both are pure.

Nothing here changes clocks, power limits or modes.
"""
