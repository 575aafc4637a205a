"""Lets `python -m gui` open the studio."""

import sys

from gui.app import main

sys.exit(main())
