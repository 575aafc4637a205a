"""The node editor's canvas: one widget that draws the document and its run, and turns gestures into commands."""
