"""A directory of exported models, as MLServer looks for them."""

from collections.abc import Sequence

from mlserver import ModelSettings
from mlserver.errors import ModelNotFound
from mlserver.repository import ModelRepository
from mlserver.settings import ModelParameters

from .layout import versions
from .saved_model_runtime import SavedModelRuntime


class SavedModelRepository(ModelRepository):
    """The models `NAME/VERSION` of a directory, looked up anew each time.

    A version that is exported while the server runs is loaded by the repository API:
    POST /v2/repository/models/NAME/load.

    Args:
        root: path. The directory.
        **extra: what each model's `parameters.extra` holds.
    """

    def __init__(self, root: str, **extra):
        self.root = root
        self.extra = extra

    async def list(self) -> Sequence[ModelSettings]:
        return [
            ModelSettings(
                name=path.parent.name,
                implementation=SavedModelRuntime,
                parameters=ModelParameters(
                    uri=str(path), version=path.name, extra=self.extra
                ),
            )
            for path in versions(self.root)
        ]

    async def find(self, name: str) -> Sequence[ModelSettings]:
        found = [settings for settings in await self.list() if settings.name == name]
        if not found:
            raise ModelNotFound(name)
        return found
