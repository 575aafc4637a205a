"""What panels show: pure folds into lines and bars, and the widgets that paint them."""
