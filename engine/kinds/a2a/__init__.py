"""Speaks with agents elsewhere over A2A: what kind `remote_agent` does, and how values look on that wire.

Everything here needs the extra `a2a` and is imported late: the SDK takes half a second.
"""
