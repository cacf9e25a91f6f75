"""The run's choices (backend, device, dtype, effort, seed), set once before collection and read everywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace

import hypothesis
from hypothesis.database import DirectoryBasedExampleDatabase

from ncverify.ledger.examine import EFFORTS, Effort
from ncverify.numbers import NativeNamespace, backend_namespace

PROFILES = {"quick": 6, "default": 40, "thorough": 1000}


@dataclass
class Run:
    """The choices of this test run; `library` stands in for the backend where one that is wrong is to be found out."""

    backend: str = "numpy"
    device: str | None = None
    dtype: str = "float64"
    profile: str = "default"
    seed: int = 0

    library: NativeNamespace | None = None

    @property
    def namespace(self) -> NativeNamespace:
        """The namespace that drawn points are evaluated in."""
        if self.library is not None:
            return self.library
        return backend_namespace(self.backend, device=self.device, dtype=self.dtype)

    @property
    def effort(self) -> Effort:
        """How hard each statement is examined."""
        device = self.device if self.backend == "torch" and self.device else "cpu"
        return replace(EFFORTS[self.profile], seed=self.seed, device=device)


RUN = Run()


def register_profiles() -> None:
    """Hypothesis profiles with every field given: a profile must not inherit what the environment set."""
    for name, examples in PROFILES.items():
        thorough = name == "thorough"
        hypothesis.settings.register_profile(
            name,
            max_examples=examples,
            deadline=None,
            derandomize=not thorough,
            print_blob=True,
            database=DirectoryBasedExampleDatabase(".hypothesis/examples") if thorough else None,
            suppress_health_check=[hypothesis.HealthCheck.too_slow],  # a busy machine is no fault
        )
