"""What the window is let watch, beside the plain graph of `watching.py`."""
