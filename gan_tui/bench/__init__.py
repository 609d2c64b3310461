"""Measures this machine: our step beside other ways to train the same networks, and against its limit."""
