"""Protocols that model servers speak: one file each, offering `WIRE`; scanned, never imported from."""
