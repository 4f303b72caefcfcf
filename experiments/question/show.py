"""`--cfg job`: the whole question as YAML."""

from collections.abc import Mapping
from typing import Any, cast

import yaml
from omegaconf._utils import get_omega_conf_dumper

from experiments.question.compose import Composed
from sim.errors import QuestionError
from sim.names import nearest


def shown(composed: Composed, package: str | None, *, resolve: bool) -> str:
    """A configuration, or the part at a dotted key. Raises `QuestionError` if nothing is there."""
    data: Any = composed.config if resolve else composed.unresolved
    steps = [] if package in (None, "", "_global_") else str(package).split(".")
    for step in steps:
        keys = list(cast("Mapping[str, Any]", data)) if isinstance(data, Mapping) else []
        if step not in keys:
            raise QuestionError(
                f"--package {package}: there is no key '{step}'{nearest(step, keys)}; "
                f"allowed: {', '.join(keys) or '-'}"
            )
        data = data[step]
    head = f"# @package {package}\n" if steps else ""
    text: str = yaml.dump(
        data,
        Dumper=get_omega_conf_dumper(),
        default_flow_style=False,
        allow_unicode=True,
        sort_keys=False,
    )
    return head + text
