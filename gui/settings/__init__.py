"""The pages of the settings, found by scanning: one file each, offering `PAGE`. The contract is `gui.settings_page`."""
