"""The panels of the window, one file each with its `PANEL`. Nobody imports from here."""
