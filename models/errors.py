"""The errors for everything a user can get wrong about models, techniques, data or weights."""


class ModelError(ValueError):
    """What is wrong, what was allowed, and what to do; shown to the user without a traceback."""


class ImpossibleError(ModelError):
    """Nothing is wrong, but this variant cannot exist: a row of a table that is left out."""
