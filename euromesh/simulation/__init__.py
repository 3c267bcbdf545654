"""A whole training run on unsteady sites."""
