"""``python -m skcurious app``: a page for people who do not write Python.

    server -> page -> start (a table, how its columns are read) or a campaign folder
                      (next rows, results, model, history, columns)

The rooms ``_kept`` and ``_work`` of ``skcurious._suggest`` do what is to be done, as
they do for the command; pictures and tables are those of ``Campaign.report``.
Streamlit, of the extra ``app``, is imported when the page is served.
"""

from skcurious._app._arguments import add_app

__all__ = ["add_app"]
