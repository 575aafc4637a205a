"""The built-in rehearsal model: plain text processing that lets any graph run free, offline and the same each time."""
