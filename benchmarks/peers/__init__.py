"""The engines that Baton is measured against, one file each; only `benchmarks.contest.worker` imports from here.

Each offers `build(shape, n, body)`: it makes the graph and returns an async function that runs it once and gives
its answer. `body` is an async function without arguments that every node awaits. Raises `NoSuchThing` for a shape
that the engine has no pattern for.
"""
