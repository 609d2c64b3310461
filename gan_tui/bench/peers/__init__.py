"""The ways to train that are compared. A peer is one file here and one line in :data:`PEERS`."""
