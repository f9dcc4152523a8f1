"""`svodka eval claims`: how well the checks tell claims that posts bear out from claims that they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli import feed, shell
from core.errors import UsageError
from summarize.claims import claim_figures
from summarize.claims.claim_figures import Figures, Share
from summarize.write import Alike


def claims(
    file: Annotated[Path, typer.Argument(help="claims with labels and the posts that they cite")],
    *,
    json_: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
) -> None:
    """Share of true claims that survive the checks, and of false ones that are caught, by fault."""
    shell.settings()
    try:
        labelled = claim_figures.claims(feed.objects(file))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise UsageError(f"{file} is not a file of labelled claims (docs/evaluation.md): {error!r}") from None
    found = claim_figures.figures(labelled, similar=Alike())
    if json_:
        shell.print_json(_json(found))
        return
    print(f"true claims that survive   {_told(found.survive)}")
    print(f"false ones that are caught {_told(found.caught)}; where it can be looked up {_told(found.looked_up)}")
    rows = [(fault, *_cells(share)) for fault, share in found.by_fault.items()]
    shell.print_table(("fault", "caught", "of", "share"), rows)
    rows = [(lang, *_cells(share)) for lang, share in found.survive_by_language.items()]
    shell.print_table(("claim<posts", "survive", "of", "share"), rows)


def _told(share: Share) -> str:
    return f"{share.count} of {share.of}, {share.value:.3f}"


def _cells(share: Share) -> tuple[str, str, str]:
    return str(share.count), str(share.of), f"{share.value:.3f}"


def _json(found: Figures) -> dict[str, Any]:
    return {
        "survive": round(found.survive.value, 4),
        "caught": round(found.caught.value, 4),
        "looked_up": round(found.looked_up.value, 4),
        "by_fault": {fault: [share.count, share.of] for fault, share in found.by_fault.items()},
        "survive_by_language": {lang: [share.count, share.of] for lang, share in found.survive_by_language.items()},
        "lost_to": dict(found.lost_to),
    }
