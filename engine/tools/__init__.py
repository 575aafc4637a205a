"""What agents can call: the contract of a tool, the built-in ones, and the choosing of them by name."""
