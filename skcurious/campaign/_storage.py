"""Campaigns in folders.

``campaign.json`` holds the settings and names the other files: ``candidates-*.csv``,
``measurements-*.csv``, and where there are some ``others-*.csv`` (rows that are no
candidates), ``marks-*.csv`` (what is pending or failed) and ``prices-*.csv``. In
measurements and marks a row is told by ``table``, candidates or others, and by
``position``, from 0, in that table. The stars are of the content: a file is never
changed, and ``campaign.json`` is replaced when all that it names is on the disk.
"""

import json
import re
from pathlib import Path

from skcurious.campaign._files import (
    TEMPORARY,
    from_csv,
    locked,
    named_by_content,
    to_csv,
    write_whole,
)

MANIFEST = "campaign.json"
FORMAT = "skcurious campaign"
VERSION = 1
_OWN = re.compile(r"(candidates|measurements|others|marks|prices)-[0-9a-f]{16}\.csv")
# Of readers that met a writer between two reads.
ATTEMPTS = 5


def save(tables, facts, folder, generation):
    """Write a campaign.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Those of pandas, by the stem of their file.
    facts : dict
        What JSON holds of the rest.
    folder : path
    generation : int or None
        What the folder is at, if this campaign was saved there or loaded from there.

    Returns
    -------
    generation : int
        What it is at now.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        return _save(tables, facts, folder, generation)


def _save(tables, facts, folder, generation):
    found = None
    if (folder / MANIFEST).exists():
        found = read_manifest(folder)["generation"]
        if found != generation:
            raise ValueError(_refusal(folder, generation))
    files = {}
    for stem, frame in tables.items():
        data = to_csv(frame)
        files[stem] = named_by_content(stem, data)
        if not (folder / files[stem]).exists():
            write_whole(folder, files[stem], data)
    generation = (found or 0) + 1
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "generation": generation,
        "files": files,
        **facts,
    }
    text = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(folder, MANIFEST, text.encode())
    _clean(folder, set(files.values()))
    return generation


def _refusal(folder, generation):
    if generation is None:
        return (
            f"folder {str(folder)!r} holds another campaign: choose another folder, or "
            "go on with that one by Campaign.load."
        )
    return (
        f"folder {str(folder)!r} was written to by somebody else since this campaign "
        "was loaded or saved: load it again, and add what is new."
    )


def _clean(folder, files):
    """Remove what no campaign.json names any more."""
    for path in folder.iterdir():
        old = _OWN.fullmatch(path.name) and path.name not in files
        if old or (path.name.startswith(TEMPORARY) and path.name.endswith(".tmp")):
            path.unlink(missing_ok=True)


def read_manifest(folder):
    """What ``campaign.json`` says."""
    path = Path(folder) / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(
            f"folder {str(folder)!r} holds no campaign (no {MANIFEST}): give the "
            "folder that save() was called with."
        ) from None
    except ValueError as error:
        raise ValueError(f"{path} is no sound JSON ({error}): restore it.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError(f"{path} is not of a campaign: give another folder.")
    if manifest["version"] > VERSION:
        raise ValueError(
            f"{path} was written by a newer version of skcurious (format "
            f"{manifest['version']}): update skcurious to read it."
        )
    return manifest


def load(folder):
    """Read a campaign.

    Returns
    -------
    tables : dict of str to DataFrame
        Cells as strings.
    facts : dict
        All of ``campaign.json``.
    """
    for attempt in range(ATTEMPTS):
        facts = read_manifest(folder)
        try:
            return {
                stem: from_csv((Path(folder) / name).read_bytes())
                for stem, name in facts["files"].items()
            }, facts
        except FileNotFoundError as error:
            missing = Path(error.filename).name
            # Unless it was replaced by a save in between.
            if read_manifest(folder) == facts or attempt == ATTEMPTS - 1:
                raise ValueError(
                    f"folder {str(folder)!r} lacks {missing}, which {MANIFEST} names: "
                    "restore it."
                ) from None
    raise AssertionError("not reached")
