"""Turns TensorFlow's oneDNN kernels on, as far as that is still possible.

TensorFlow leaves them off on x86 processors without instructions made for neural
networks, where its own backward convolutions take nearly twice as long as oneDNN's. It
reads the variable once, on import.
"""

import logging
import os
import pathlib
import sys

VARIABLE = "TF_ENABLE_ONEDNN_OPTS"
# TensorFlow turns oneDNN on by itself where it finds one of these.
_NEURAL = {
    "avx512_vnni",
    "avx512_bf16",
    "avx_vnni",
    "amx_tile",
    "amx_int8",
    "amx_bf16",
}


def _flags() -> set[str]:
    """What the processor can do, as Linux names it; nothing elsewhere."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(n.split()) for n in lines if n.startswith("flags")), set())


def turn_on(environ=os.environ, modules=sys.modules, flags=_flags) -> None:
    """Sets the variable unless the user has; says so where it comes too late."""
    if VARIABLE in environ:
        return
    if "tensorflow" not in modules:
        environ[VARIABLE] = "1"
        return
    found = flags()
    if "avx2" in found and not found & _NEURAL:
        logging.getLogger("genkeras").warning(
            "TensorFlow was imported without oneDNN, which makes convolutions up to "
            "twice as fast here: import genkeras first, or set %s=1.",
            VARIABLE,
        )
