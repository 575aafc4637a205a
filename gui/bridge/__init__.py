"""Between the engine and the screen: records become captions, a run's view becomes faces, both without Qt widgets."""
