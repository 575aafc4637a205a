"""Tool servers of the Model Context Protocol: described, started, watched, pinned, and their tools offered as ours."""
