"""What inputs of the page are called, and what the command calls them."""

import re

TABLE = "Table of candidates"
MEASURED = "Table of measured rows, if that is another file"
TARGETS = "Results to predict"
IGNORE = "Leave out"
CATEGORIES = "Categories"
COST = "Price"
SAME = "Same value in one round"
NOISE = "Standard deviation"
MISSING = "Words for a blank cell"
HEADER = "Line of the header"
SHEET = "Sheet"
MODEL = "Model"
SEED = "Seed"
FOLDER = "Campaign folder"
OPEN = "Open a campaign"
N = "How many rows"
RESULTS = "Table of results"
KNOWN = "Rows that have a result already"
AGAIN = "Measured again: take all as replicates"
REPLACE = "Corrected: replace what differs"

OPTIONS = {
    "--target": TARGETS,
    "--ignore": IGNORE,
    "--category": CATEGORIES,
    "--cost": COST,
    "--same": SAME,
    "--noise": NOISE,
    "--missing": MISSING,
    "--header-row": HEADER,
    "--sheet": SHEET,
    "--model": MODEL,
    "--seed": SEED,
    "--again": AGAIN,
    "--replace": REPLACE,
    "-n": N,
}
_OPTION = re.compile(rf"(?<![\w'-])({'|'.join(OPTIONS)})(?![\w'-])")
_MAKE = re.compile(r"make one with python -m skcurious init\b.*", flags=re.DOTALL)


def on_the_page(sentence):
    """A sentence of the command with the names that things have on the page."""
    sentence = _MAKE.sub("make one of a table of candidates.", sentence)
    sentence = re.sub(r"(?<![\w'-])--output(?![\w'-])", "the download", sentence)
    return _OPTION.sub(lambda found: f"“{OPTIONS[found[1]]}”", sentence)
