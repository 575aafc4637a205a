"""How the studio looks: tokens, the theme that applies them, icons."""
