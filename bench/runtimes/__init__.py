"""What several engines share: sessions over torch modules, CUDA graphs, ONNX Runtime on a GPU."""
