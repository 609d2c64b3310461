"""Measurements and makers of tables; run by hand, none of it is installed."""
