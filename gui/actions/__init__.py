"""The verbs of the studio, one file for each menu: `ACTIONS` and the `ORDER` of the menu. Nobody imports from here."""
