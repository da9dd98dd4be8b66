"""Sentences on the page, in which nothing of a table is taken for markup."""

import re
import sys
import traceback
from contextlib import contextmanager
from html import escape

import streamlit as st

from skcurious._app._labels import on_the_page
from skcurious._suggest._errors import InputError, MissingPackage
from skcurious.campaign._report._markup import plain

# Letters of a sentence.
LONGEST = 2_000
_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$:])")
# What an address on the network is recognised by, within a label.
_ADDRESS = re.compile(r":(?=//)|www(?=\.)|@", flags=re.IGNORECASE)
ROLES = {"error": "alert", "done": "status", "note": "note"}


def say(kind, sentence):
    """Show a sentence.

    Parameters
    ----------
    kind : {'error', 'done', 'note'}
    sentence : str
    """
    shown = escape(plain(on_the_page(sentence), LONGEST))
    st.html(f'<p class="said {kind}" role="{ROLES[kind]}">{shown}</p>')


def say_notes(notes):
    """Show what there is to know, as a list."""
    items = [f"<li>{escape(plain(on_the_page(n), LONGEST))}</li>" for n in notes]
    if items:
        st.html(f'<ul class="said notes">{"".join(items)}</ul>')


def in_label(name):
    """A name of the user within a label, where nothing is to be taken for markup."""
    return _MARKS.sub(r"\\\1", _ADDRESS.sub("\\g<0>\u200b", plain(name, 60)))


class Refused(Exception):
    """What was asked for cannot be done; the sentence says why."""


@contextmanager
def in_a_sentence():
    """Raise whatever goes wrong as :class:`Refused`.

    What nobody foresaw is told in full on the terminal alone.
    """
    try:
        yield
    except Refused:
        raise
    except (InputError, MissingPackage) as error:
        raise Refused(str(error)) from error
    except MemoryError as error:
        raise Refused(
            "This takes more memory than there is: leave out columns or rows."
        ) from error
    except Exception as error:
        traceback.print_exception(error, file=sys.stderr)
        raise Refused(
            f"This could not be done, and nobody foresaw it ({type(error).__name__}, "
            "told in full where the app was started); the campaign folder is as it was "
            "saved last."
        ) from error
