"""``platewise evidence``: one read as a signed file, and whether such a file is still as it was signed."""

from pathlib import Path
from typing import Annotated

import typer

from platewise.cli.accounts import BY, opened
from platewise.errors import InputError
from platewise.vision import environment


def register(app: typer.Typer) -> None:
    """Add the verb."""
    verb = typer.Typer(no_args_is_help=True, help="Export reads as signed files, and check such files.")
    verb.command()(export)
    verb.command()(verify)
    verb.command()(key)
    app.add_typer(verb, name="evidence")


def export(
    read: Annotated[int, typer.Argument(help="The number of the read.")],
    file: Annotated[Path, typer.Argument(help="The zip file to write.")],
) -> None:
    """Write a read with its pictures and history into a signed zip file."""
    from platewise.store import proof
    from platewise.store.proof_key import ProofKey
    from platewise.web.access import audit

    signer = ProofKey.of(environment.settings().data)
    with opened() as store:
        proof.write(file, proof.export(store, read, signer))
        with store.writing() as unit:
            audit.write(unit, BY, "evidence.export", f"/v1/reads/{read}", signer.public.fingerprint)
    print(f"{file}: read {read}, signed by {signer.public.fingerprint}")


def verify(
    file: Annotated[Path, typer.Argument(help="The zip file.")],
    key: Annotated[str | None, typer.Option(help="The public key that must have signed it.")] = None,
) -> None:
    """Tell whether a file is as it was signed; without --key, compare the fingerprint with the owner's."""
    from platewise.store import proof
    from platewise.store.proof_key import PublicKey

    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    found = proof.verify(data, PublicKey.from_text(key) if key else None)
    print(f"unchanged: read {found.read}, exported {found.exported_at}, signed by {found.signer}")
    if not key:
        print("Anybody can sign: compare this fingerprint with the owner's, or check with --key.")


def key() -> None:
    """Print this server's public key and its fingerprint, for those who check."""
    from platewise.store.proof_key import ProofKey

    public = ProofKey.of(environment.settings().data).public
    print(f"{public.text}\nfingerprint {public.fingerprint}")
