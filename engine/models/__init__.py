"""Language models: who offers them, how to speak to each, what they cost, and the built-in rehearsal model."""
