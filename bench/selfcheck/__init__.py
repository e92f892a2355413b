"""How often this machine cries wolf, and what it can detect: python -m bench selfcheck."""
