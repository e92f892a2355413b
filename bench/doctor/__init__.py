"""What can run on this machine and what cannot: python -m bench doctor."""
