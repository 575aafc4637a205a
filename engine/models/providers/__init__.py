"""Vendors as data: one file each, offering `PROVIDER`; scanned, never imported from."""
