"""How much Hypothesis tries: HYPOTHESIS_PROFILE=ci in CI, =full in the long run (again and again), fewer examples otherwise."""

import os

from hypothesis import HealthCheck, settings

common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("default", max_examples=50, stateful_step_count=50, **common)
settings.register_profile("ci", max_examples=500, stateful_step_count=50, print_blob=True, **common)
settings.register_profile("full", max_examples=1000, stateful_step_count=50, print_blob=True, **common)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
