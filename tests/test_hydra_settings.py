"""Output goes where `out=` says, and nowhere else: Hydra's own settings are refused."""

import pytest

from experiments import cli


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hydra.run.dir=x", "out=y"], "out=<folder> names the folder"),
        (["+hydra.run.dir=x"], "out=<folder> names the folder"),
        (["++hydra.run={dir:x}"], "out=<folder> names the folder"),
        (["~hydra.run.dir"], "out=<folder> names the folder"),
        (["hydra={run:{dir:x}}"], "out=<folder> names the folder"),
        (["-m", "hydra.sweep.dir=x", "seed=1,2"], "out=<folder> names the folder for the answers"),
        (["-m", "hydra.sweep.subdir=x", "seed=1,2"], "named by what is swept, below out=<folder>"),
        (["hydra.output_subdir=null"], "out=<folder> names the folder"),
        (["hydra.runtime.output_dir=x"], "out=<folder> names the folder"),
        (["hydra.job.chdir=true"], "out=<folder> names the folder"),
        (["hydra.searchpath=[x]"], "--config-dir names the folder of your own files"),
        (["hydra.verbose=true"], "none of them changes the question"),
    ],
)
def test_hydras_folders_are_refused_in_one_line_and_nothing_is_written(
    arguments: list[str], said: str, capfd: pytest.CaptureFixture[str], tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(arguments) == cli.REFUSED
    err = capfd.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
