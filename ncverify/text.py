"""Text from outside made safe for a screen, and sizes for people."""

from __future__ import annotations


def one_line(text: object) -> str:
    r"""The text with everything that is not printable, line breaks included, written as escapes.

    Example:
        >>> one_line("a\nb")
        'a\\nb'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in str(text))


def size(count: int) -> str:
    """A number of bytes for people.

    Example:
        >>> size(3 << 30)
        '3.0 GiB'
    """
    value, unit = float(count), "bytes"
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{value:.3g} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
