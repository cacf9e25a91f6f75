"""Lets a process end with the exit code that it chooses, once it has told the user of a KeyboardInterrupt."""


def forget_interrupt() -> None:
    """Clears CPython's note that a KeyboardInterrupt left the execution of a string.

    Such a note (dataclasses run strings while modules are imported) outlives the handler: `python -m` would end the
    process by SIGINT instead of with its exit code. The next string that is executed clears it.
    """
    exec("pass")
