"""How behaviour is compiled: one place for Numba's decorators and its cache.

Behaviour is written as plain Python functions marked `@behaviour`. Called from Python they run as
they stand; called from a function marked `@kernel` they are compiled into it. There is no second
text.
"""

import hashlib
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, SupportsInt, cast

import llvmlite
import llvmlite.binding
import numba
import numpy as np
from numba.core import cgutils
from numba.extending import intrinsic, register_jitable

from sim.inlined_code import InlinedCompiler, KernelCompiler
from sim.kernel_cache import keep, kernel_folder

_ROOT = Path(__file__).resolve().parent.parent

whole = cast("Callable[[SupportsInt], int]", np.int64)
"""A column's value as the number behaviour counts in: NumPy's `int64`, and an `int` to the checker.

`int` will not do: compiled, it leaves an unsigned column unsigned, and that plus a signed number
makes a float.
"""


def _source_fingerprint() -> str:
    """Hash every module a kernel can be built from.

    Numba looks only at the file that holds the kernel itself, so without this a change in a
    behaviour function would silently keep running the old machine code.
    """
    versions = (numba.__version__, llvmlite.__version__, np.__version__, platform.python_version())
    digest = hashlib.sha256(" ".join(versions).encode())
    for floor in ("sim", "agents"):
        for path in sorted((_ROOT / floor).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


KERNELS = kernel_folder(f"kernels-{_source_fingerprint()}")
"""Where this process keeps what it compiles."""

# Set on the configuration object: Numba reads the environment only once, when it is imported.
numba.config.CACHE_DIR = str(KERNELS)  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]

_INLINED_UP_TO = 20_000
"""LLVM's cost of a function up to which it is inlined; 225 is its own limit.

Measured on a market month with all mechanisms compiled (decision 0056): at 225 a month takes twice
the time, without a limit compiling takes four times as long.
"""
llvmlite.binding.set_option("counterplay", f"-inline-threshold={_INLINED_UP_TO}")


def behaviour[F: Callable[..., Any]](function: F) -> F:
    """Mark a plain function as usable, unchanged, from Python and from compiled kernels.

    The compiler takes it into its caller unless that makes the code too long (`_INLINED_UP_TO`).
    """
    compiled: Any = register_jitable(no_cfunc_wrapper=True, pipeline_class=InlinedCompiler)
    return compiled(function)


@intrinsic
def _on_stack(typing_context: Any, records: Any) -> Any:  # noqa: ARG001 - Numba's signature
    """A copy of the first of some records that lives as long as the kernel does.

    Read and changed like a row of an array; but nothing else can point to it, so the compiler keeps
    its fields in registers instead of loading them anew after whatever is written elsewhere.
    """
    record = records.dtype

    def copy(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        first = context.make_array(records)(context, builder, arguments[0]).data
        slot = cgutils.alloca_once(builder, context.get_data_type(record))
        cgutils.raw_memcpy(builder, slot, first, cgutils.intp_t(1), record.size)
        return slot

    return record(records), copy


on_stack = cast("Callable[[Any], Any]", _on_stack)


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile a loop over columns; it runs without the interpreter's lock, so threads may share it.

    Dividing by zero gives infinity here, and an error in plain Python: a behaviour function has to
    see to it that it never divides by zero. `fastmath` stays off and there are no parallel
    reductions: results must depend on neither. Reference counting is off too (`_nrt`): kernels
    allocate nothing, and counting every array that a behaviour function borrows took two thirds of
    the time.
    """
    compile_: Any = numba.njit
    compiled = compile_(nogil=True, error_model="numpy", _nrt=False, pipeline_class=KernelCompiler)(
        function
    )
    keep(compiled)
    return compiled
