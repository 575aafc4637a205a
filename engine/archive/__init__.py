"""The stored runs, seen together: replayed, compared, learnt from, and kept as tests of their graph."""
