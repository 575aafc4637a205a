"""Before a run: problems found, costs estimated, the graph made ready as a plan."""
