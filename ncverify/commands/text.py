"""Messages and exit codes of commands that cannot do what they were asked for."""

from __future__ import annotations

import errno

from ncverify.text import one_line, size

__all__ = ["CommandError", "EnvironmentFault", "fault", "one_line", "size"]

NAMED_WRONGLY = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL}


class CommandError(Exception):
    """Raised when a request of the user cannot be carried out; the message is one line for standard error."""

    code = 2


class EnvironmentFault(CommandError):  # noqa: N818 - the user did nothing wrong
    """The machine refused: no room, no permission, no memory, a package that is not installed, a killed worker."""

    code = 3


def fault(error: OSError, prefix: str = "") -> CommandError:
    """An operating system's error as a sentence: exit code 2 for a path that leads nowhere, 3 for all others.

    Example:
        >>> fault(FileNotFoundError(2, "No such file or directory", "a.npz")).code, fault(OSError(28, "No space")).code
        (2, 3)
    """
    kind = CommandError if error.errno in NAMED_WRONGLY else EnvironmentFault
    return kind(prefix + one_line(error))
