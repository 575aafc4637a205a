"""What every engine is measured with: the shapes, the process that measures one, and the table of all."""
