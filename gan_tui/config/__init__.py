"""What a run is asked to do: typed settings, recipes, the user's own preferences and where files belong."""
