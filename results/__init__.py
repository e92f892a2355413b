"""Turns what a run recorded into tables and verdicts: needs neither torch nor pytest."""
