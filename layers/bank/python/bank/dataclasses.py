"""The standard library's dataclasses, compiled when the first instance of a class is made.

A frozen dataclass costs a cold start nearly a millisecond: six methods, written as text and compiled one by
one. A function imports fifty such classes, and an invocation makes instances of a dozen.

No two threads may make the first instance of a class at once: functions have none but those that read files.
"""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Callable[[type], type] | type:
        """Declare a dataclass, as `dataclasses.dataclass` does; the methods follow at first use."""
        return _declare(cls, options) if cls else lambda declared: _declare(declared, options)


__all__ = ["dataclass"]


class _Uncompiled:
    """Stands where the standard library puts an attribute: whoever looks it up compiles the class first."""

    def __init__(self, declared: type, options: dict[str, bool], name: str) -> None:
        self.declared, self.options, self.name = declared, options, name

    def __get__(self, instance: Any, owner: type) -> Any:
        for name in _LOOKED_UP:
            delattr(self.declared, name)
        dataclasses.dataclass(**self.options)(self.declared)
        return getattr(owner if instance is None else instance, self.name)


# What is looked up when an instance is made; and when `fields`, `replace` or a class that inherits asks.
_LOOKED_UP = ("__init__", "__dataclass_fields__")


def _declare(declared: type, options: dict[str, bool]) -> type:
    for name in _LOOKED_UP:
        setattr(declared, name, _Uncompiled(declared, options, name))
    return declared
