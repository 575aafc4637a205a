"""Pieces of exported programs. They are read as text and put together; Baton itself never imports them."""
