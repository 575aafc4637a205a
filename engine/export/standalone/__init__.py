"""Writes a graph as one Python file that runs without Baton: `parts` are what such files are made of."""
