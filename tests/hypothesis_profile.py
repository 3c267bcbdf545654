"""Property tests draw the same examples on every run where CI=true, and have no deadline."""

import os

from hypothesis import settings

settings.register_profile("euromesh", deadline=None)
settings.register_profile("euromesh-ci", deadline=None, derandomize=True, database=None)
settings.load_profile("euromesh-ci" if os.environ.get("CI") == "true" else "euromesh")
