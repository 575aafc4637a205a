"""Tools whose files Baton opens: one file each, offering `IMPORTER`."""
