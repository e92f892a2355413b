"""The error for everything a user can get wrong about models, techniques, data or weights."""


class ModelError(ValueError):
    """What is wrong, what was allowed, and what to do; shown to the user without a traceback."""
