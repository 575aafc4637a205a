"""The studio: a Qt skin over the engine; it changes documents by differences and shows runs from their events."""
