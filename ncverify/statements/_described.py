"""Points and exceptions in words, for the errors that a statement's author reads."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from textwrap import shorten
from typing import Any

from ncverify.space.text import in_words

_PACKAGE = str(Path(__file__).resolve().parents[1])
_LIBRARIES = tuple(sysconfig.get_paths()[key] for key in ("stdlib", "purelib", "platlib"))


def described(point: Any) -> str:
    """The shape of a point and its coordinates, the first of them where they are many.

    Example:
        >>> import numpy as np
        >>> from ncverify import Point
        >>> described(Point(np.array([[1.0], [-1.0]]), np.array([[1.0, -1.0]])))
        'K=2, n=1, d=1, W=[[1.0], [-1.0]], H=[[1.0, -1.0]]'
    """
    return in_words(point)


def raised_at(error: BaseException) -> str:
    """File, line and source of the author's line that led to an exception, in brackets; "" where there is none.

    Frames of ncverify and of installed libraries are passed over.
    """
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith((_PACKAGE, "<", *_LIBRARIES))]
    if not own:
        return ""
    last = own[-1]
    return f" ({Path(last.filename).name}, line {last.lineno}: {shorten(last.line or '', 100)})"
