"""Behaviour as part of kernels only: typed and lowered, never machine code by itself.

Numba optimises every function and makes machine code of it, also of those that only other compiled
functions call. For behaviour that is most of the time to compile a market, and for nothing. Here it
stays LLVM code until a kernel takes it in; then the whole is optimised once.

Written against the pinned Numba's compiler: what is overridden here is not part of its interface.
"""

from typing import Any, Literal, override

from numba import _dynfunc  # pyright: ignore[reportAttributeAccessIssue]
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typed_passes import NativeLowering

_NO_ADDRESS = 0


class _InlinedCode(JITCodeLibrary):
    """LLVM code for kernels to take in; `links` are libraries that it calls."""

    @property
    def links(self) -> list[Any]:
        return self._linking_libraries

    @override
    def finalize(self) -> None:
        self._raise_if_finalized()
        self._finalized = True

    @override
    def get_pointer_to_function(self, name: str) -> int:
        return _NO_ADDRESS


class _KernelCode(JITCodeLibrary):
    """A kernel's code, linked with all that its behaviour calls."""

    @override
    def add_linking_library(self, library: Any) -> None:
        waiting = [library]
        while waiting:
            one = waiting.pop()
            if one not in self._linking_libraries:
                super().add_linking_library(one)
                waiting += one.links if isinstance(one, _InlinedCode) else []


@register_pass(mutates_CFG=True, analysis_only=False)
class _InlinedLowering(NativeLowering):
    _name = "inlined_lowering"

    @override
    def run_pass(self, state: Any) -> Literal[True]:
        state.library = _InlinedCode(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        state.flags.no_compile = False
        lowered, code = state["cr"], state.library
        code.finalize()
        # Numba knows a compiled function by the object that Python would call; nobody calls this.
        handle = _dynfunc.make_function(
            lowered.fndesc.lookup_module(),
            lowered.fndesc.qualname.rsplit(".", 1)[-1],
            "part of kernels only",
            _NO_ADDRESS,
            lowered.env,
            (code,),
        )
        state.targetctx.insert_user_function(handle, lowered.fndesc, [code])
        state["cr"] = lowered._replace(cfunc=handle)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class _KernelLowering(NativeLowering):
    _name = "kernel_lowering"

    @override
    def run_pass(self, state: Any) -> Literal[True]:
        state.library = _KernelCode(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().run_pass(state)


def _pipeline(state: Any, lowering: type) -> list[PassManager]:
    manager = DefaultPassBuilder.define_nopython_pipeline(state)
    manager.passes = [
        (lowering if one is NativeLowering else one, said) for one, said in manager.passes
    ]
    manager.finalize()
    return [manager]


class InlinedCompiler(CompilerBase):
    """Compiles behaviour."""

    @override
    def define_pipelines(self) -> list[PassManager]:
        return _pipeline(self.state, _InlinedLowering)


class KernelCompiler(CompilerBase):
    """Compiles kernels."""

    @override
    def define_pipelines(self) -> list[PassManager]:
        return _pipeline(self.state, _KernelLowering)
