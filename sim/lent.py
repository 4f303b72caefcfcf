"""Tables handed on by address: what a kernel lends to the behaviour that it takes in.

Numba hands a tuple of arrays on by value, each array as seven numbers, so every function that may
look something up takes hundreds. Compiling a market was mostly about those. Lent, the same tables
are one address; nothing else changes, since a lent tuple can only be read, field by field, and the
compiler keeps in registers what the kernel alone can reach.
"""

import hashlib
from typing import Any, Protocol, cast, override

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.datamodel.registry import register_default
from numba.core.imputils import impl_ret_borrowed
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_getattr_generic


class Lent(types.Type):
    """A named tuple that the kernel holds, as those it is lent to see it."""

    def __init__(self, held: types.NamedTuple) -> None:
        self.held = held
        digest = hashlib.sha256(held.name.encode()).hexdigest()[:12]
        super().__init__(name=f"Lent_{held.instance_class.__name__}_{digest}")

    @property
    @override
    def key(self) -> Any:
        return self.held


@register_default(Lent)
class _Address(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lent) -> None:
        held = manager.lookup(kind.held).get_value_type()
        super().__init__(manager, kind, ir.PointerType(held))


@infer_getattr
class _Fields(AttributeTemplate):
    key = Lent

    def generic_resolve(self, lent: Lent, name: str) -> Any:
        if name not in lent.held.fields:
            return None
        return _seen(lent.held.types[lent.held.fields.index(name)])


def _seen(field: Any) -> Any:
    return Lent(field) if isinstance(field, types.NamedTuple) else field


@lower_getattr_generic(Lent)
def _field(context: Any, builder: Any, lent: Lent, address: Any, name: str) -> Any:
    place = lent.held.fields.index(name)
    kind = lent.held.types[place]
    field = cgutils.gep_inbounds(builder, address, 0, place)
    if isinstance(kind, types.NamedTuple):
        return field
    return impl_ret_borrowed(context, builder, kind, builder.load(field))


@intrinsic
def _lent(typing_context: Any, held: Any) -> Any:  # noqa: ARG001 - Numba's signature
    def lend(_context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        return cgutils.alloca_once_value(builder, arguments[0])

    return Lent(held)(held), lend


class _Lends(Protocol):
    """What the type checker sees: a lent tuple reads like the tuple."""

    def __call__[T](self, held: T, /) -> T: ...


lent = cast("_Lends", _lent)
"""Lend a kernel's named tuple to the functions that it calls, for as long as the kernel runs."""
