"""Odd and hostile configurations: each a folder of files and a command line, drawn from a seed."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

VARIABLE = "COUNTERPLAY_CANARY"
"""An environment variable that nobody may read or set."""
DUOPOLY = (Path(__file__).resolve().parents[2] / "conf" / "market" / "duopoly.yaml").read_text(
    encoding="utf-8"
)


@dataclass
class Case:
    """One trial."""

    folder: Path
    kind: str = ""
    must_refuse: bool = True
    overrides: list[str] = field(default_factory=list[str])

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8")
        return path


class Draw:
    """Choices from a seed."""

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)

    def one[T](self, things: list[T]) -> T:
        return things[int(self.generator.integers(len(things)))]

    def number(self, low: int, high: int) -> int:
        return int(self.generator.integers(low, high))


HYDRA_KEYS = [
    "hydra", '"hydra"', "'hydra'", '"\\x68ydra"', '"hy\\u0064ra"', "? hydra\n", '"hydra "', "HYDRA",
    "\uff48\uff59\uff44\uff52\uff41", '" hydra"', "&a hydra", '"\\x68\\x79\\x64\\x72\\x61"',
]  # fmt: skip
TARGET_KEYS = [
    "_target_", '"_target_"', '"\\x5ftarget_"', "_TARGET_", "_partial_", "_args_", "_convert_",
    "_recursive_", '"_target_ "', "\uff3ftarget\uff3f", "__reduce__", "__class__",
]  # fmt: skip
HYDRA_VALUES = [
    f"{{job: {{env_set: {{{VARIABLE}_SET: x}}}}}}",
    "{callbacks: {a: {_target_: os.system, command: 'touch canary'}}}",
    "{searchpath: ['file:///etc', 'pkg://os']}",
    "{launcher: {_target_: subprocess.Popen, args: [touch, canary]}}",
    "{sweeper: {_target_: os.system}}",
    "{run: {dir: /etc}}",
    "{job_logging: {version: 1, handlers: {f: {class: logging.FileHandler, filename: canary}}}}",
    "1",
]
PACKAGES = [
    "hydra", "hydra.job", "_global_.hydra", "_global_.hydra.job.env_set", "hydra.callbacks.x",
    "..", "market..hydra", "_global_._target_", "market._target_", "a.b", "/etc", "hydra/job",
    "_global_.hydra.searchpath", "market.hydra", "\uff48ydra", "_global_ hydra", "${oc.env:HOME}",
]  # fmt: skip
DEFAULTS = [
    "/hydra/launcher: basic", "override /hydra/launcher: joblib", "/hydra/job_logging: stdout",
    "hydra/config", "/hydra/config", "../../secret", "/market: ../../secret",
    "/rival@rivals.north: ../../../secret", "/rival@hydra.x: hold", "/rival@_global_.hydra: hold",
    "/rival@rivals.north: /etc/passwd", "/rival@rivals.north: ${oc.env:HOME}",
    "/${oc.env:HOME}: x", "/../market: duopoly", "optional /hydra/x: y", "/data: sources",
    "/rival@rivals.north: 'a\\b'", "{/rival: hold, /market: duopoly}", "[1, 2]", "3", "null",
    "/rival@rivals.north: [hold, ../x]", "/rival@rivals.north: \uff0e\uff0e\uff0fsecret",
    "override hydra/help: default", "/rival@../x: hold", "pkg://os", "file:///etc/passwd",
]  # fmt: skip
REFERENCES = [
    f"${{oc.env:{VARIABLE}}}", f"${{oc.env:{VARIABLE},none}}", f"x${{oc.env:{VARIABLE}}}y",
    f"${{oc.decode:${{oc.env:{VARIABLE}}}}}", "${hydra:runtime.cwd}", "${now:%Y}",
    "${oc.create:{a: 1}}", "${oc.select:market.name}", "${oc.dict.keys:market}",
    f"${{oc.${{x}}:{VARIABLE}}}", "${${a}:b}", f"${{ oc.env : {VARIABLE} }}", "${oc.deprecated:a}",
    f"\\\\${{oc.env:{VARIABLE}}}", "${", "${}", "${a", "${.}", "${a..b}", "${a[0]}", "${a[b]}",
    f"${{market.name}}${{oc.env:{VARIABLE}}}", f"${{env:{VARIABLE}}}", "${a.${b}}", "${python:1+1}",
]  # fmt: skip
COMMANDS = [
    "hydra.run.dir=/etc", f"+hydra.job.env_set.{VARIABLE}_SET=x", "hydra.searchpath=[file:///etc]",
    "+hydra.callbacks.x._target_=os.system", "hydra/launcher=basic", "hydra/job_logging=default",
    "market=../../secret", "market=/etc/passwd", "experiment=../x", "+strategy@strategy.x=../../y",
    "rival@rivals.north=../secret", "+rival@hydra.x=hold", "+rival@_global_.hydra=hold",
    f"focal=${{oc.env:{VARIABLE}}}", f"out=${{oc.env:{VARIABLE}}}", "+market._target_=os.system",
    "+rivals.north={_target_:os.system}", "hydra=1", "++hydra.mode=RUN", "+a={hydra:{x:1}}",
    f"strategies=[${{oc.env:{VARIABLE}}}]", f"+x={{a:${{oc.env:{VARIABLE}}}}}",
    f"rivals.north.depth=${{oc.decode:${{oc.env:{VARIABLE}}}}}", "unknowns=../secret",
]  # fmt: skip


def build(case: Case, draw: Draw) -> None:
    """Fill a folder with one case."""
    case.overrides = ["market=mine", "subscribers=1000"]
    case.write("market/mine.yaml", DUOPOLY.replace("name: duopoly", "name: mine"))
    case.write("rival/deep.yaml", "kind: price_cut\ndepth: 0.5\n")
    maker = draw.one(MAKERS)
    case.kind = maker.__name__
    maker(case, draw)


def _changed(case: Case, head: str = "", tail: str = "") -> None:
    text = (case.folder / "market/mine.yaml").read_text(encoding="utf-8")
    case.write("market/mine.yaml", f"{head}{text}\n{tail}\n")


def hydra_key(case: Case, draw: Draw) -> None:
    key, value = draw.one(HYDRA_KEYS), draw.one(HYDRA_VALUES)
    if draw.number(0, 2):
        _changed(case, tail=f"{key}: {value}")
    else:
        depth = draw.number(1, 6)
        nested = "{a: " * depth + f"{{{key.strip()}: {value}}}" + "}" * depth
        if "?" in key:
            nested = "{a: " * depth + f"{{? hydra : {value}}}" + "}" * depth
        case.write("rival/deep.yaml", f"kind: price_cut\nreaction: {nested}\n")
        case.overrides.append("rival@rivals.north=deep")


def target_key(case: Case, draw: Draw) -> None:
    key = draw.one(TARGET_KEYS)
    line = f"{key}: {draw.one(['os.system', 'subprocess.Popen', 'builtins.eval'])}"
    where = draw.one(["rival", "market", "strategy"])
    if where == "market":
        _changed(case, tail=line)
    else:
        case.write("rival/deep.yaml", f"kind: price_cut\n{line}\ncommand: touch canary\n")
        chosen = "rival@rivals.north" if where == "rival" else "+strategy@strategy.deep"
        case.write("strategy/deep.yaml", f"kind: match_price\n{line}\ncommand: touch canary\n")
        case.overrides.append(f"{chosen}=deep")


def package(case: Case, draw: Draw) -> None:
    line = draw.one(
        ["# @package {}\n", "#@package {}\n", "\n\n  # @package   {}\n", "# a\n# @package {}\n"]
    )
    body = draw.one(["kind: hold\n", f"env_set: {{{VARIABLE}_SET: x}}\n", "dir: /etc\n"])
    case.write("rival/deep.yaml", line.format(draw.one(PACKAGES)) + body)
    case.overrides.append(
        "rival@rivals.north=deep" if draw.number(0, 2) else "+rival@rivals.north=deep"
    )
    if draw.number(0, 2):
        case.overrides[-1] = "+rival=deep"


def defaults(case: Case, draw: Draw) -> None:
    entry = draw.one(DEFAULTS)
    case.write("rival/deep.yaml", f"defaults:\n  - {entry}\n  - _self_\nkind: price_cut\n")
    if draw.number(0, 2):
        case.write(
            "experiment/deep.yaml",
            f"# @package _global_\ndefaults:\n  - {entry}\n  - _self_\n"
            "experiment: {name: compare}\n",
        )
        case.overrides.append("experiment=deep")
    else:
        case.overrides.append("rival@rivals.north=deep")


def reference(case: Case, draw: Draw) -> None:
    text = draw.one(REFERENCES)
    quoted = draw.one([f'"{text}"', f"'{text}'"])
    if text.startswith("\\\\"):
        quoted = f'"{text}"'
    key = draw.one(["description", "kind", "depth", "regions"])
    value = f"[{quoted}]" if key == "regions" else quoted
    kind = "" if key == "kind" else "kind: price_cut\n"
    case.write("rival/deep.yaml", f"{kind}{key}: {value}\n")
    case.overrides.append("rival@rivals.north=deep")


def bomb(case: Case, draw: Draw) -> None:
    which = draw.number(0, 9)
    many = draw.number(8, 40)
    text = "kind: price_cut\n"
    match which:
        case 0:  # aliases of lists
            text += "a0: &a0 [x, x]\n" + "".join(
                f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, many)
            )
        case 1:  # merges
            text += "a0: &a0 {x: 1}\n" + "".join(
                f"a{n}: &a{n} {{b: *a{n - 1}, c: *a{n - 1}, <<: *a{n - 1}}}\n"
                for n in range(1, many)
            )
        case 2:  # references
            text += "a0: ''\n" + "".join(
                f"a{n}: ${{.a{n - 1}}}${{.a{n - 1}}}\n" for n in range(1, many)
            )
        case 3:
            text += "a0: {x: 1}\n" + "".join(
                f"a{n}: {{b: '${{rivals.north.a{n - 1}}}', c: '${{rivals.north.a{n - 1}}}'}}\n"
                for n in range(1, many)
            )
        case 4:
            text += "a: " + draw.one(["[", "{a: ", "- "]) * draw.number(100, 200_000)
        case 5:
            text += f"a: {'x' * draw.number(100_000, 990_000)}\n"
        case 6:
            text += f"a: {'9' * draw.number(100, 300_000)}\n"
        case 7:  # files that take each other in
            for n in range(many):
                lines = "".join(f"  - /rival@rivals.north.b{k}: f{n + 1}\n" for k in range(2))
                case.write(f"rival/f{n}.yaml", f"defaults:\n{lines}a: 1\n")
            last = draw.one(["a: 1\n", "defaults: [/rival@rivals.north.z: f0]\n"])
            case.write(f"rival/f{many}.yaml", last)
            case.overrides.append("rival@rivals.north=f0")
            return
        case _:
            text += "".join(f"k{n}: {{a: [1, 2, 3]}}\n" for n in range(draw.number(9_000, 40_000)))
    case.write("rival/deep.yaml", text)
    case.overrides.append("rival@rivals.north=deep")


def tag(case: Case, draw: Draw) -> None:
    written = draw.one(
        [
            "!!python/object/apply:os.system ['touch canary']", "!!python/name:os.system", "!x 1",
            "!!python/object/new:os.system [x]", "!!binary aGk=", "!!set {a}", "!!str 1",
            "!!python/module:os", "!<tag:yaml.org,2002:python/object/apply:os.getcwd> []",
            "!!timestamp 2020-01-01", "!!python/object/apply:pathlib.Path [/etc]",
        ]
    )  # fmt: skip
    _changed(case, tail=f"extra: {written}")


def special_file(case: Case, draw: Draw) -> None:
    path = case.folder / "rival" / "deep.yaml"
    path.unlink()
    secret = case.folder.parent / "secret.yaml"
    match draw.number(0, 6):
        case 0:
            os.mkfifo(path)
        case 1:
            path.symlink_to(draw.one(["/dev/zero", "/dev/stdin", "/dev/random"]))
        case 2:
            path.symlink_to(secret)
        case 3:
            path.mkdir()
        case 4:
            with path.open("wb") as file:
                file.truncate(10**11)
        case _:
            path.symlink_to(path)
    case.overrides.append("rival@rivals.north=deep")


def named_file(case: Case, draw: Draw) -> None:
    key = draw.one(["out", "experiment.write_to", "experiment.page", "experiment.observed"])
    value = draw.one(
        [
            str(case.folder.parent / "secret.yaml"),
            "../../x",
            "/etc",
            "~/x",
            "a/../../b",
            "..",
            "a\\b",
        ]
    )
    name = {"experiment.write_to": "calibrate", "experiment.page": "validate"}.get(key, "ensemble")
    body = f"out: '{value}'" if key == "out" else ""
    option = "" if key == "out" else f", {key.partition('.')[2]}: '{value}'"
    case.write(
        "experiment/deep.yaml",
        f"# @package _global_\nexperiment: {{name: {name}{option}}}\n{body}\n",
    )
    case.overrides.append("experiment=deep")


def command_line(case: Case, draw: Draw) -> None:
    case.overrides.append(draw.one(COMMANDS))


def broken_bytes(case: Case, draw: Draw) -> None:
    """Bytes changed anywhere: whatever comes of it, it ends in words."""
    content = bytearray((case.folder / "market/mine.yaml").read_bytes())
    for _ in range(draw.number(1, 6)):
        place = draw.number(0, len(content))
        content[place : place + draw.number(0, 3)] = bytes(
            draw.number(0, 256) for _ in range(draw.number(0, 3))
        )
    case.write("market/mine.yaml", bytes(content))
    case.must_refuse = False


def soup(case: Case, draw: Draw) -> None:
    """Pieces of YAML in any order."""
    pieces = [
        "kind: price_cut", "depth: 0.3", "&a", "*a", "<<: *a", "[", "]", "{", "}", "- x", "? k",
        ": v", "'", '"', "|\n  text", "# @package _global_", "---", "...", "%YAML 1.1", "!!str",
        "NO: on", "012", "1:30", "\t", "\u00e9", "\u4e2d", "\u200b", "\ue000{a}", "${a}", "???",
        "=", "@", "`", "defaults:", "- _self_", "  - /rival: hold", "description: x", "~",
        "null: 1", "\u2028",
    ]  # fmt: skip
    text = "".join(
        draw.one(pieces) + draw.one(["\n", " ", "\n  ", ""]) for _ in range(draw.number(1, 25))
    )
    case.write("rival/deep.yaml", text)
    case.overrides.append("rival@rivals.north=deep")
    case.must_refuse = False


def harmless(case: Case, draw: Draw) -> None:
    """What must go on working: anchors, merges, references, a package, quoted words."""
    body = draw.one(
        [
            "kind: price_cut\ndepth: 0.5\n",
            "kind: price_cut\ndepth: ${market.vat_rate}\n",
            "kind: price_cut\ndepth: 0.1\ndescription: ${market.name} cuts\n",
            "kind: &k price_cut\ndepth: 0.1\nreaction: match\ndescription: *k\n",
            "kind: price_cut\ndepth: 0.1\nregions: ['city']\ndescription: 'C# = \"D\" # no'\n",
            "defaults:\n  - price_cut\n  - _self_\ndepth: 0.2\n",
            "# @package rivals.north\nkind: price_cut\ndepth: 0.1\n",
            "kind: price_cut\ndepth: 0.1\ndescription: '\\${oc.env:HOME} as text'\n",
            "\ufeffkind: price_cut\ndepth: 0.1\n",
        ]
    )
    case.write("rival/deep.yaml", body)
    case.overrides.append("rival@rivals.north=deep")
    case.must_refuse = False
    case.kind = "harmless"


MAKERS: list[Callable[[Case, Draw], None]] = [
    hydra_key, target_key, package, defaults, reference, bomb, tag, special_file, named_file,
    command_line, broken_bytes, soup, harmless,
]  # fmt: skip
