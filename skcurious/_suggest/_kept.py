"""A campaign in a folder: made of a table, opened, saved; said nowhere.

The command and the app stand on it. Sentences about what has to be mended name options
of the command.
"""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from skcurious._frames import is_polars
from skcurious._suggest._campaign_tables import campaign_of, match_candidates
from skcurious._suggest._errors import InputError
from skcurious._suggest._text import Dialect
from skcurious.campaign import Campaign
from skcurious.campaign._files import write_whole
from skcurious.campaign._storage import files_of_ours, without_manifest

# What a folder holds that is a campaign, and how its candidates are written.
CAMPAIGN, TABLE = "campaign.json", "table.json"


@dataclass
class Opened:
    """A campaign in a folder.

    Attributes
    ----------
    folder : str
        As the user wrote it.
    campaign : Campaign
        As it is there.
    candidates : str
        What the table of candidates was called.
    where : str
        What the numbers of lines are of.
    dialect : Dialect
        For tables that are to be read with the same spreadsheet.
    units : dict of str to str
        Of the columns of numbers.
    left_out : dict of str to str
        Why columns tell nothing, where that was noted.
    """

    folder: str
    campaign: Campaign
    candidates: str
    where: str
    dialect: Dialect
    units: dict = field(default_factory=dict)
    left_out: dict = field(default_factory=dict)

    def save(self):
        """Write what became of it."""
        with saying(self.folder):
            self.campaign.save(self.folder)


@contextmanager
def saying(folder):
    """What a folder cannot do, in one sentence."""
    try:
        yield
    except OSError as error:
        if error.strerror is None:  # a sentence of ours
            raise InputError(str(error)) from error
        raise InputError(f"{folder} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise InputError(str(error)) from error


# -- a campaign is made ----------------------------------------------------------------


@dataclass
class Draft:
    """A campaign of a table, in no folder yet.

    Attributes
    ----------
    table : Table
    campaign : Campaign
    left_out : dict of str to str
        Why columns tell nothing.
    units : dict of str to str
        Of the columns of numbers.
    notes : list of str
        What the user should know about how the table was read.
    """

    table: object
    campaign: Campaign
    left_out: dict
    units: dict
    notes: list


def check_new(folder):
    """Raise unless a folder for a campaign can be made there."""
    folder = Path(folder)
    if (folder / CAMPAIGN).exists():
        raise InputError(
            f"{folder} holds a campaign already: go on with it, or name another folder."
        )
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a folder.")
    if (folder / TABLE).exists():
        raise InputError(without_manifest(folder, [*files_of_ours(folder), TABLE]))
    if not folder.absolute().parent.is_dir():
        raise InputError(
            f"{folder} cannot be made: there is no folder {folder.parent}."
        )


def draft(table, told):
    """What would become of a table of candidates.

    Parameters
    ----------
    table : Table
    told : Namespace
        What ``init`` is told.
    """
    notes = list(table.notes)
    campaign, left_out, units = campaign_of(table, told, notes)
    return Draft(table, campaign, left_out, units, notes)


def keep(made, folder, header_row):
    """Write a campaign into a new folder.

    Parameters
    ----------
    made : Draft
    folder : path
    header_row : int or None
        Line of the names of the columns, None for the first.

    Returns
    -------
    opened : Opened
    """
    dialect = made.table.dialect
    facts = {
        "candidates": made.table.name,
        "header_row": header_row,
        "separator": dialect.separator,
        "decimal": dialect.decimal,
        "encoding": dialect.encoding,
        "units": made.units,
        "left_out": made.left_out,
    }
    with saying(folder):
        made.campaign.save(folder)
        text = json.dumps(facts, indent=1, ensure_ascii=False)
        write_whole(Path(folder), TABLE, text.encode())
    return _opened(folder, made.campaign, facts)


# -- it is opened ----------------------------------------------------------------------


def place_of_lines(path, header_row=None):
    """What the numbers of lines are of."""
    return f"{path}, as a spreadsheet numbers it" + (
        " (the header is line 1)" if header_row is None else ""
    )


def open_folder(folder):
    """The campaign of a folder, and how its tables are written.

    Returns
    -------
    opened : Opened
    """
    if Path(folder).is_file():
        raise InputError(
            f"{folder} is a file: name the folder of a campaign, as init made it."
        )
    if not (Path(folder) / CAMPAIGN).exists() and not files_of_ours(folder):
        raise InputError(
            f"{folder} holds no campaign: make one with python -m skcurious init "
            f"{folder} --candidates TABLE --target COLUMN."
        )
    with saying(folder):
        campaign = Campaign.load(folder)
    if is_polars(campaign._given):
        raise InputError(
            f"the campaign in {folder} was made of tables of polars in Python: go on "
            "with it there, or make one with python -m skcurious init."
        )
    try:
        facts = json.loads((Path(folder) / TABLE).read_text("utf-8"))
    except FileNotFoundError:  # a campaign that was made in Python
        where = "the index of the candidates"
        return Opened(folder, campaign, where, where, Dialect())
    except ValueError as error:
        raise InputError(
            f"{Path(folder) / TABLE} is no sound JSON ({error}): restore it, or delete "
            "it."
        ) from error
    return _opened(folder, campaign, facts)


def _opened(folder, campaign, facts):
    written = [facts[key] for key in ("separator", "decimal", "encoding")]
    where = place_of_lines(facts["candidates"], facts["header_row"])
    return Opened(
        folder,
        campaign,
        facts["candidates"],
        where,
        Dialect(*written),
        facts["units"],
        facts.get("left_out", {}),
    )


def name_as_there(table, opened):
    """Give columns of a table of rows the names that the campaign has for them."""
    if not table.dialect.is_sure and table.dialect.separator == ";":
        table.dialect = replace(table.dialect, decimal=opened.dialect.decimal)
    match_candidates(table, opened.campaign)
