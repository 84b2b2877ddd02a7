"""The one exception a person may see: its text is the whole message."""


class Stop(Exception):
    """We cannot go on; the sentence says why and what to do. Printed without a stack trace."""
