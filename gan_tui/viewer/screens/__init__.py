"""Dialogs over the panes, and the screen that the panes stand on."""
