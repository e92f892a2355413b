"""Two versions of the same cases, measured in one interleaved schedule: python -m bench against."""
