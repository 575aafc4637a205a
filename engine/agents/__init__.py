"""Agents: what a model is asked and shown, how its answers are read, and repaired once."""
