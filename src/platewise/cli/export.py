"""``platewise export``: turn the best weights of a run into ONNX files with a manifest."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("export")(export)


def export(
    run: Annotated[Path, typer.Argument(help="Folder of a training run.")],
    name: Annotated[str, typer.Option(help="Name of the model: detector and recognizer are the defaults.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of models with its manifest; the package's own by default.")
    ] = None,
) -> None:
    """Write a trained network as ONNX, float32 and int8, and compare the two on held-out pictures."""
    from platewise.cli.networks import products
    from platewise.train.export import export as write
    from platewise.vision import weights

    for part, product in products(run).items():
        told = write(product, out or weights.FOLDER, name + part)
        for figure in sorted(told["fp32"]):
            print(
                f"{name + part} {figure:40} fp32 {told['fp32'][figure]:.4f}  int8 {told['int8'][figure]:.4f}"
            )
