"""Lu and Steinerberger: cross-entropy on the sphere."""

from ncverify.literature.lu_steinerberger_2020 import sphere
from properties.checks import checks

_, test_verdict = checks(sphere.CLAIMS)
