"""The Textual app that watches and steers a run."""
