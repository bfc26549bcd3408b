"""Exported models in MLServer: the V2 open inference protocol, REST and gRPC.

Imported by MLServer, and by nobody who has not installed it.
"""

import asyncio
import concurrent.futures

import numpy as np
from mlserver import MLModel
from mlserver.errors import InferenceError
from mlserver.types import (
    InferenceRequest,
    InferenceResponse,
    MetadataModelResponse,
    MetadataTensor,
    ResponseOutput,
)

from .batcher import Batcher
from .served_model import BadRequestError, ServedModel

_DATATYPES = {
    "BOOL": "bool",
    "INT32": "int32",
    "INT64": "int64",
    "UINT8": "uint8",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
}
_NAMES = {dtype: name for name, dtype in _DATATYPES.items()}
_DEFAULT = "serving_default"


class SavedModelRuntime(MLModel):
    """A SavedModel of genkeras, whose inputs and outputs keep their names.

    A request says which signature it asks by `"parameters": {"signature": "decode"}`;
    else it asks the default one. The model's settings have the SavedModel as
    `parameters.uri`, and may have `max_samples` and `batch_seconds` in
    `parameters.extra`.
    """

    async def load(self) -> bool:
        parameters = self.settings.parameters
        extra = parameters.extra or {}
        # One at a time: TensorFlow spreads each over all cores by itself.
        self._thread = concurrent.futures.ThreadPoolExecutor(1)
        path = parameters.uri.removeprefix("file://")
        self._served = await self._in_thread(_load, path, extra)
        seconds = float(extra.get("batch_seconds", 0.002))
        self._batcher = Batcher(self._served, self._in_thread, seconds=seconds)
        return True

    async def unload(self) -> bool:
        await self._batcher.drain()  # a new version is in place; this one finishes
        self._thread.shutdown(wait=False)
        return True

    async def _in_thread(self, function, *arguments):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *arguments)

    async def metadata(self) -> MetadataModelResponse:
        """The tensors of the default signature, and those of the others."""
        return MetadataModelResponse(
            name=self.name,
            versions=[self.version] if self.version else None,
            platform="tensorflow_savedmodel",
            inputs=_tensors(self._served.inputs(_DEFAULT)),
            outputs=_tensors(self._served.outputs(_DEFAULT)),
            parameters={
                name: {
                    "inputs": _shown(self._served.inputs(name)),
                    "outputs": _shown(self._served.outputs(name)),
                }
                for name in sorted(self._served.signatures)
            },
        )

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answers a request; what does not fit is the asker's fault, in one line."""
        asked = getattr(payload.parameters, "signature", None) or _DEFAULT
        try:
            inputs = {tensor.name: _array(tensor) for tensor in payload.inputs}
            outputs = await self._batcher.answer(inputs, asked)
        except BadRequestError as error:
            raise InferenceError(str(error)) from None
        return InferenceResponse(
            model_name=self.name,
            model_version=self.version,
            outputs=[_output(name, value) for name, value in outputs.items()],
        )


def _load(path, extra):
    return ServedModel(path, max_samples=int(extra.get("max_samples", 1024)))


def _tensors(specs):
    return [
        MetadataTensor(
            name=name,
            datatype=_NAMES[spec.dtype.name],
            shape=[-1 if n is None else n for n in spec.shape],
        )
        for name, spec in specs.items()
    ]


def _shown(specs):
    return {tensor.name: [tensor.datatype, *tensor.shape] for tensor in _tensors(specs)}


def _array(tensor):
    if tensor.datatype not in _DATATYPES:
        raise BadRequestError(
            f"{tensor.name} is one of {', '.join(_DATATYPES)}. Received: "
            f"{tensor.datatype}."
        )
    dtype = _DATATYPES[tensor.datatype]
    data = getattr(tensor.data, "root", tensor.data)
    try:
        return _exactly(np.asarray(data), dtype).reshape(tensor.shape)
    except (ValueError, TypeError, OverflowError):
        raise BadRequestError(
            f"{tensor.name} is said to hold {tensor.datatype} of shape "
            f"{list(tensor.shape)}. Received: data that does not."
        ) from None


def _exactly(values, dtype):
    """The values in another type, which rounds floats and changes no whole number."""
    if values.dtype.kind not in "biuf":
        raise TypeError(values.dtype)
    with np.errstate(over="ignore"):  # infinite then, which the model refuses
        cast = values.astype(dtype)
    if cast.dtype.kind != "f" and not np.array_equal(cast, values):
        raise ValueError(dtype)
    return cast


def _output(name, value):
    return ResponseOutput(
        name=name,
        shape=list(value.shape),
        datatype=_NAMES[value.dtype.name],
        data=value.ravel().tolist(),
    )
