"""What the keys do: plain functions of a viewer, one file a topic. keys.py binds them."""
