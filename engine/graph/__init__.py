"""The graph document: immutable records, differences between snapshots, pure commands, undo."""
