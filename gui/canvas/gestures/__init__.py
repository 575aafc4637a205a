"""Gestures of the canvas: every module gives ORDER and begin(canvas, press); one file adds one gesture."""
