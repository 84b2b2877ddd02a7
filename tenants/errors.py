"""What services raise when they will not do a thing."""

from dataclasses import dataclass


class NoTenant(RuntimeError):
    """Tenant work was asked for outside a restaurant's context: a defect, never the owner's fault."""


@dataclass
class Refused(Exception):
    """Bad input or an impossible act. `sentence` says what is wrong and what to do about it.

    `code` is stable and machine readable; `field` names the offending input when there is one;
    `status` is the HTTP status an API answers with; `fix` is a URL or action that solves it.
    """

    sentence: str
    code: str = "refused"
    field: str | None = None
    status: int = 400
    fix: str | None = None

    def __str__(self) -> str:
        return str(self.sentence)
