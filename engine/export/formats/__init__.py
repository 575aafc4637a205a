"""Formats a graph can be handed over in: one file each, offering `EXPORTER`. Pictures come from the studio."""
