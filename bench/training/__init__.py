"""Training cases: steps as sessions, curves as sources, several processes on one case."""
