"""Engines: one file is one engine, and its file name is its name.

An engine file has
- `TASK` (optional): "training" if a call is one training step; without it, it infers;
- `COMPILES` (optional, of engines that train): True if forward and backward pass are compiled;
- `KINDS`: the kinds of model source it can run ("family", "onnx", "exported", "factory");
- `FORM`: "module" if it runs a torch module, "onnx" if it runs an ONNX file;
- `PRECISIONS`: device type to the precisions it offers there;
- `QUANTISERS` (only with int8): a precision to the way of
  bench.preparation.quantise that its file is made in;
- `LIBRARY`: the module it needs, whose absence is a skip;
- `GPU_PROVIDER`, `GPU_LIBRARY` (optional): what of its library it needs on a GPU, and the module of
  another one that this is linked to; the doctor looks for both;
- `preload()`: import what every worker of this engine needs, starting no thread: workers are forked
  from the process that did it, and engines whose `preload` is the same function share it;
- `FORK_SERVERS` (optional): device type to the engine whose `preload` serves its workers there;
- `load(artifact, target) -> Session`: load at one batch size; raises Unavailable if this
  device cannot do it, EngineError if the engine did not do what it was asked for. A Session may
  have a `stopwatch`, `own_batches` and `memory_bytes`: bench.workers.session.

An engine whose precision takes long to read back also has
- `executed(path, target) -> str`: the precision in which a quantised file's layers run; called
  while cases are prepared, since `load` is timed. The fact "precision" of what `load` gets.

An engine that compiles ahead also has
- `build(artifact, target, report) -> Artifact`: compile the ONNX file at one batch size, cached;
  called while cases are prepared, and what it returns is what `load` gets.
- `ONLY_BUILT`: device type to the reason why its cases there are built and not run.

The third-party library is imported inside these functions, never with the file.
"""
