"""What the samples are worth: a judge, its Fréchet distance, and plain words about the training's health."""
