"""Who makes the calls in `benchmarks.agents`: `build(shape, n, url)` gives an async function for n calls at once."""
