"""Admission: one controller grants a call its budget, its rate, its width and a slot together, or nothing (S9)."""
