"""Stored outputs hold charts as digests; a bare `pytest --nbval notebooks` needs the same."""

import os

os.environ["EUROMESH_CHARTS"] = "check"
os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
