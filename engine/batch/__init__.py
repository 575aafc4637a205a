"""One run of a graph for each row of a table: for the command line and the studio alike."""
