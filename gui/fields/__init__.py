"""Editors of config fields, one file each with its `FIELDS`: widget name -> class. Nobody imports from here."""
