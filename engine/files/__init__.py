"""Graph files: reading them strictly, writing them so that nothing is lost, recovering what was not saved."""
