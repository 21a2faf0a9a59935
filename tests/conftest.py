"""For all tests below: repeatable hypothesis runs, without limits on time that a busy machine would miss."""

from __future__ import annotations

import os

try:
    from hypothesis import settings
except ModuleNotFoundError:  # the frameworks' environments have no use for it
    pass
else:
    settings.register_profile("here", deadline=None)
    settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
    settings.load_profile("ci" if os.environ.get("CI") else "here")
