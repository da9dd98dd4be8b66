"""Campaigns in folders.

``campaign.json`` holds the settings and names the other files: ``candidates-*.csv``,
``measurements-*.csv``, and where there are some ``others-*.csv`` (rows that are no
candidates), ``marks-*.csv`` (what is pending or failed) and ``prices-*.csv``. In
measurements and marks a row is told by ``table``, candidates or others, and by
``position``, from 0, in that table. The stars are of the content: a file is never
changed, and ``campaign.json`` is replaced when all that it names is on the disk. What
is removed is what the ``campaign.json`` before named, and what a save that was cut off
had begun (``.skcurious.begun`` has its names); others, whatever their names, stay.
"""

import json
import re
from pathlib import Path

from skcurious._words import names
from skcurious.campaign._files import (
    TEMPORARY,
    from_csv,
    locked,
    named_by_content,
    to_csv,
    write_whole,
)

MANIFEST, BEGUN = "campaign.json", ".skcurious.begun"
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
    found, named = None, set()
    if (folder / MANIFEST).exists():
        before = read_manifest(folder)
        found, named = (
            before["generation"],
            {*before["files"].values(), *_begun(folder)},
        )
        if found != generation:
            raise ValueError(_refusal(folder, generation))
    contents = {stem: to_csv(frame) for stem, frame in tables.items()}
    files = {stem: named_by_content(stem, data) for stem, data in contents.items()}
    if found is None:
        _check_no_others(folder, files, contents)
    new = [stem for stem, name in files.items() if not (folder / name).exists()]
    if new:
        begun = [*_begun(folder), *(files[stem] for stem in new)]
        write_whole(folder, BEGUN, "\n".join(begun).encode())
    for stem in new:
        write_whole(folder, files[stem], contents[stem])
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
    _clean(folder, named - set(files.values()))
    return generation


def _begun(folder):
    """Names of files of a save that was cut off."""
    try:
        return (folder / BEGUN).read_text().split("\n")
    except FileNotFoundError:
        return []


def files_of_ours(folder):
    """Names of the files of a campaign in a folder, whatever ``campaign.json`` says."""
    folder = Path(folder)
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path.name for path in found if _OWN.fullmatch(path.name))


def without_manifest(folder, files):
    """What to say of a folder with files of a campaign that has lost the main one."""
    return (
        f"folder {str(folder)!r} has no {MANIFEST}, but files of a campaign "
        f"({names(files)}): restore {MANIFEST}, or take another folder."
    )


def _check_no_others(folder, files, contents):
    """Raise where files lie that a new campaign would take for its own.

    What a save that was cut off has left there may be what is written again.
    """
    same = {
        name
        for stem, name in files.items()
        if (folder / name).exists() and (folder / name).read_bytes() == contents[stem]
    }
    others = [name for name in files_of_ours(folder) if name not in same]
    if others:
        raise ValueError(without_manifest(folder, others))


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
    """Remove files of ours that no campaign.json names any more."""
    for name in files:
        if _OWN.fullmatch(name):  # whatever a campaign.json of strangers says
            (folder / name).unlink(missing_ok=True)
    for path in folder.glob(f"{TEMPORARY}*.tmp"):
        path.unlink(missing_ok=True)
    (folder / BEGUN).unlink(missing_ok=True)


def read_manifest(folder):
    """What ``campaign.json`` says."""
    path = Path(folder) / MANIFEST
    try:
        manifest = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        files = files_of_ours(folder)
        if files:
            raise FileNotFoundError(without_manifest(folder, files)) from None
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
                stem: from_csv(_content(Path(folder), stem, name))
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


def _content(folder, stem, name):
    """What is in a file, which its name vouches for.

    Results are told by the positions of their rows: of other candidates they would be
    those of other rows.
    """
    data = (folder / name).read_bytes()
    if named_by_content(stem, data) == name:
        return data
    advice = "restore it"
    if stem == "measurements":
        advice += (
            ", and correct a result with --replace of add, or in Python by "
            "Campaign.remove and Campaign.add"
        )
    raise ValueError(
        f"{name} in folder {str(folder)!r} was changed since it was written (by an "
        f"editor, or by git, which may convert the ends of lines): {advice}."
    )
