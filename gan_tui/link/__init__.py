"""What trainer and viewers say to each other, and how it travels."""
