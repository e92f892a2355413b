"""From a case to what its workers load: models, inputs, files that are made once."""
