"""Code of a graph in a process of its own: read without running it, started with limits, never left behind (T12)."""
