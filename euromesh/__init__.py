"""EuroMesh: can Europe train a frontier model on the compute it already owns?"""

__version__ = "0.4.0"
