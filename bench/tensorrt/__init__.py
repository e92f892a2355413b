"""TensorRT and TensorRT-RTX: from an ONNX graph to an engine's plan, and from that to a session."""
