"""Other editors of node graphs, drawing the same graph in an environment of their own: one file each."""
