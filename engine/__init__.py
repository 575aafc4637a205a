"""Baton's engine: everything that a run needs, without a screen."""
