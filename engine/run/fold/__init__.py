"""How each event changes what is shown of a run: one table of handlers for each part of the picture."""
