"""Built-in tools: one source in each file, offering `SOURCE`; scanned, never imported from."""
