"""Arguments of the commands for a campaign folder."""

import argparse

from skcurious._suggest._arguments import add_columns, add_model, add_tables

INIT = """\
Make a campaign folder of a table of rows that could be measured.

The folder keeps the candidates, all results, and what is pending or failed, in
CSV and JSON; suggest, add and status work on it. If the table has a column for
the target with results in it, they are taken.
"""
EXAMPLE = """\
example:
  python -m skcurious init screen --candidates pool.csv --target yield
  python -m skcurious suggest screen -n 8 --output next.csv --mark
  (measure them, and write the yields into next.csv)
  python -m skcurious add screen next.csv
  python -m skcurious status screen
"""
OF_A_CAMPAIGN = "the folder of a campaign, as init made it"


def add_folder(commands):
    """Add them to the subparsers of a parser."""
    parser = commands.add_parser(
        "init",
        help="make a campaign folder of a table of candidates",
        usage="%(prog)s FOLDER --candidates FILE --target COLUMN [options]",
        description=INIT,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder", metavar="FOLDER", help="the folder to make; it must hold no campaign"
    )
    parser.add_argument(
        "--candidates", required=True, metavar="FILE", help="rows to choose from"
    )
    add_columns(parser)
    add_tables(parser, "the table")
    add_model(parser)
    parser.set_defaults(run=_run("init"), parser=parser)

    parser = _with_table(
        commands,
        "add",
        "take results into a campaign folder",
        "Take results: a table with the columns of the candidates, such as --output "
        "wrote, and the target filled in. A number is a result, 'failed' or 'pending' "
        "says what became of a row, and a blank cell says nothing. A table that was "
        "taken before, and has grown, is taken in what is new of it; a result that "
        "differs from that of its row is refused without one of the options.",
    )
    known = parser.add_mutually_exclusive_group()
    known.add_argument(
        "--again",
        dest="known",
        action="store_const",
        const="again",
        help="take all results as replicates: of rows that were measured again",
    )
    known.add_argument(
        "--replace",
        dest="known",
        action="store_const",
        const="replace",
        help="where a row has another result, put that of the table in its place",
    )
    parser.set_defaults(run=_run("add"))
    for word, what in [
        ("pending", "are being measured"),
        ("failed", "gave no result, and are not suggested again"),
        ("unmark", "are neither pending nor failed"),
    ]:
        parser = _with_table(
            commands,
            word,
            f"say that rows of a campaign {what.split(',')[0]}",
            f"Say that rows of a table {what}.",
        )
        parser.set_defaults(run=_run("mark"), mark=word)
    parser = commands.add_parser(
        "status",
        help="how a campaign stands",
        description="Say how many rows are open, measured, pending or failed, how well "
        "the model predicts after each round, and whether to go on. Nothing is changed "
        "but what the folder remembers of past rounds.",
    )
    parser.add_argument("folder", metavar="FOLDER", help=OF_A_CAMPAIGN)
    parser.set_defaults(run=_run("status"), parser=parser)


def _with_table(commands, name, short, long):
    parser = commands.add_parser(name, help=short, description=long)
    parser.add_argument("folder", metavar="FOLDER", help=OF_A_CAMPAIGN)
    parser.add_argument("table", metavar="FILE", help="table of rows")
    add_tables(parser, "the table")
    parser.set_defaults(parser=parser)
    return parser


def _run(name):
    def run(arguments):
        from skcurious._suggest import _folder

        getattr(_folder, name)(arguments)

    return run
