"""A token in memory that cannot slip out by accident."""

from __future__ import annotations

import hmac
from typing import Any, NoReturn


class Secret:
    """Wraps one secret string. Only `reveal()` gives it out.

    `repr` is a fixed word, because debuggers, Sentry and test runners call it on every local variable and
    must neither fail nor learn anything. Everything that would write the value somewhere (str, format,
    bytes, pickle, copy, JSON) raises, so that a stray f-string or Celery argument fails in a test instead
    of leaking in production.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        if not isinstance(value, str) or not value:
            raise ValueError("A secret must be a non-empty string.")
        self.__value = value

    def reveal(self) -> str:
        """The value itself. Call it at the last moment, and keep the result in no variable that outlives
        the call.
        """
        return self.__value

    def __repr__(self) -> str:
        return "<Secret>"

    def _refuse(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("A Secret is never written out; call reveal() where it is really needed.")

    __str__ = _refuse
    __format__ = _refuse
    __bytes__ = _refuse
    __iter__ = _refuse
    __reduce__ = _refuse
    __reduce_ex__ = _refuse
    __getstate__ = _refuse
    __copy__ = _refuse
    __deepcopy__ = _refuse

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    # A hash would make the value usable as a dictionary key, and so appear in dumps of that dictionary's
    # order.
    __hash__ = None  # type: ignore[assignment]
