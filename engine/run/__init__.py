"""Runs: events, frontier, scheduler, admission, journal, and the view that everything on screen is folded from."""
