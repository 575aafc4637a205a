"""Steps from an old form of the graph file to the next: one module each, found by scanning this folder.

A module gives `FROM` (the `baton` number it starts from) and `migrate(data) -> data`, which gets a JSON object of that
number and returns one of the next. It never drops an edge, and leaves what it does not understand as it is: the strict
reader says what is wrong with it.
"""
