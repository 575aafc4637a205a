"""Guards around a node's work: one file each, found by `engine.run.guard`."""
