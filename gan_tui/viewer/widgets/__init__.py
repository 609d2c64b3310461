"""The panes of the screen, one file each."""
