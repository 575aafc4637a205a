"""Hands a graph to others: cleaned of secrets and personal paths, in a format that its reader understands."""
