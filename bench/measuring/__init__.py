"""Measures groups of cases in turns, and puts together what was found of each."""
