"""The stored runs, seen together: what is learnt from them."""
