"""A graph as something that other programs use: a tool over MCP, an agent over A2A (`baton serve`)."""
