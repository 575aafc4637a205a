"""Small widgets that panels share; each takes what it shows and says what was asked of it by signals."""
