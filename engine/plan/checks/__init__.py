"""Checks, one file each: every module offers `CHECK`, a pure function from the facts of a graph to problems."""
