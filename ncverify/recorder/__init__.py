"""Neural collapse of your own network during its training: two lines in any loop."""

from ncverify.recorder.measurement import Measured, MeasurementOptions, measured
from ncverify.recorder.recorder import CollapseRecorder
from ncverify.recorder.schedule import log_epochs

Wishes = MeasurementOptions  # its name in version 0.2

__all__ = ["CollapseRecorder", "Measured", "MeasurementOptions", "Wishes", "log_epochs", "measured"]
