"""Draws of the parameters and what they make of the answer."""
