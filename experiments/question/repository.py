"""What Hydra composes from: files that we have read and keep in memory. It opens none itself."""

from typing import Any, cast

from hydra._internal.config_repository import ConfigRepository
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from omegaconf import ListConfig, OmegaConf

from experiments.question import limits
from experiments.question.files import ConfigFile, Files
from experiments.question.names import GROUPS
from sim.errors import QuestionError


class MemoryRepository(ConfigRepository):
    """The files of one composition, as Hydra asks for them: by `group/name`, never by path."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.sources = []
        self.loads = 0
        self.nodes = 0
        self._kept: dict[str, ConfigResult] = {}

    def initialize_sources(self, config_search_path: ConfigSearchPath) -> None:
        """Nothing: no search path leads anywhere else."""

    def get_schema_source(self) -> ConfigSource:
        """None of our files has a schema inside Hydra."""
        return _NoSchemas("schema", "none://")

    def load_config(self, config_path: str) -> ConfigResult | None:
        """A file as Hydra wants it; nothing if there is none. Raises `QuestionError`."""
        if not self.files.has(config_path):
            return None
        file = self.files.read(config_path)
        self._count(file)
        if config_path not in self._kept:
            self._kept[config_path] = ConfigResult(
                provider="main",
                path=file.path,
                config=OmegaConf.create(file.data),
                header={"package": file.package},
                defaults_list=self._create_defaults_list(
                    config_path, cast("ListConfig", OmegaConf.create(cast("Any", file.defaults)))
                ),
            )
        return self._kept[config_path]

    def _count(self, file: ConfigFile) -> None:
        self.loads += 1
        self.nodes += file.nodes
        # Hydra asks for a file three times: for its place, its defaults, its content.
        if self.loads > 3 * limits.LOADS or self.nodes > 3 * limits.COMPOSED_NODES:
            raise QuestionError(
                f"'{file.path}', defaults: files take each other in too often "
                f"(more than {limits.LOADS} files; in a circle?)"
            )

    def config_exists(self, config_path: str) -> bool:
        """Whether a file can be chosen."""
        return self.files.has(config_path)

    def group_exists(self, config_path: str) -> bool:
        """Whether a key names a group of files."""
        return config_path in GROUPS

    def get_group_options(
        self,
        group_name: str,
        results_filter: ObjectType | None = ObjectType.CONFIG,  # noqa: ARG002
    ) -> list[str]:
        """Names to choose from."""
        return self.files.options(group_name)


class _NoSchemas(ConfigSource):
    """A source without anything in it."""

    @staticmethod
    def scheme() -> str:
        return "none"

    def load_config(self, config_path: str) -> ConfigResult:
        raise ConfigLoadError(config_path)

    def is_group(self, config_path: str) -> bool:  # noqa: ARG002 - as Hydra calls it
        return False

    def is_config(self, config_path: str) -> bool:  # noqa: ARG002
        return False

    def available(self) -> bool:
        return True

    def list(self, config_path: str, results_filter: ObjectType | None) -> "list[str]":  # noqa: ARG002
        return []
