"""The built-in kinds: one file each, found by `engine.kinds.registry`."""
