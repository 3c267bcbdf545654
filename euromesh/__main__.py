"""The command line: `python -m euromesh run`, `book`, `ensemble` and `baseline`."""

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from euromesh import __version__, blocks, book, escape, folders, params, runs
from euromesh.facts.draws import SEED
from euromesh.records import InputError

BUILD_DIR = click.option(
    "--build-dir",
    type=click.Path(path_type=Path),
    default=runs.BUILD,
    show_default="_build in the repository",
    help="Folder that holds runs and books.",
)
SCENARIO = click.option(
    "--scenario", default="central", show_default=True, help="Set of parameters."
)
PAIRS = click.option(
    "-p", "pairs", multiple=True, metavar="ID=VALUE", help="Override one parameter."
)
FILE = click.option(
    "--params",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file of overrides, `id: value`; -p wins over it.",
)


REFUSALS = (params.ParamsError, folders.RunError, InputError, blocks.WorkersError)


class Commands(click.Group):
    """Commands whose errors that a person can act on are a line and exit code 1, no traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Read the arguments and call the command."""
        try:
            return super().main(*args, **kwargs)
        except REFUSALS as error:
            told = str(error)
        except OSError as error:
            told = folders.said(error)
        click.ClickException(escape.terminal(told)).show()
        sys.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="euromesh")
def main() -> None:
    """EuroMesh: parameters to a run, a run to a website and PDFs."""


@main.command()
@SCENARIO
@click.option("--name", metavar="RUN", help="Name of the run.  [default: scenario, or custom]")
@PAIRS
@FILE
@BUILD_DIR
def run(**asked: Any) -> None:
    """Execute every notebook with the given parameters and keep the run as a folder."""
    command = shlex.join(["python", "-m", "euromesh", *sys.argv[1:]])
    click.echo(f"run: {runs.make(runs.plan(**asked, command=command))}")


@main.command("book")
@click.argument("name", metavar="RUN")
@BUILD_DIR
def book_command(name: str, build_dir: Path) -> None:
    """Build the website and the PDFs of a run that exists."""
    built = book.build(runs.find(name, build_dir), build_dir.absolute())
    click.echo(f"site: {built.site}\npdf: {built.pdf}")


@main.command()
@SCENARIO
@PAIRS
@FILE
@click.option("--draws", type=int, default=blocks.DRAWS, show_default=True, help="Of the run.")
@click.option(
    "--blocks-of",
    "points",
    type=int,
    metavar="POINTS",
    default=blocks.POINTS,
    show_default=True,
    help="Draws of a block, a power of two.",
)
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), help="[default: one for each core]")
@click.option("--processes", type=click.IntRange(min=1), help="Instead of threads.")
@click.option("--scheduler", metavar="ADDRESS", help="Of dask, whose workers make the blocks.")
def ensemble(
    scenario: str,
    pairs: tuple[str, ...],
    file: Path | None,
    draws: int,
    points: int,
    seed: int,
    **executor: Any,
) -> None:
    """Draw every parameter in blocks: how often the public machines are first."""
    workers = blocks.Workers(**executor)
    given = params.load(scenario, params.read_overrides(pairs, file))
    plan = blocks.plan_of(given, draws=draws, points=points, seed=seed)
    click.echo(escape.terminal(blocks.made(plan, workers)))


@main.command()
def baseline() -> None:
    """Rewrite what is committed from a run: executed notebooks and tests/results.json."""
    for path in runs.baseline():
        click.echo(f"written: {path.relative_to(folders.ROOT)}")


if __name__ == "__main__":
    main(prog_name="python -m euromesh")
