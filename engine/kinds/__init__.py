"""Kinds of nodes: the contract, forms made from config, and the built-in kinds, one file each."""
