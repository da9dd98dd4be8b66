"""What one visitor of the page has before them."""

from dataclasses import dataclass, field

import streamlit as st

from skcurious._app._say import Refused, in_a_sentence, say, say_notes
from skcurious._suggest._kept import Opened, open_folder, saying
from skcurious._suggest._work import Suggestion
from skcurious.campaign._storage import read_manifest

# The last suggestion, by the folder and its generation.
_suggested = {}


@dataclass
class State:
    """Kept between two clicks.

    Attributes
    ----------
    opened : Opened or None
        The campaign, as it is in its folder.
    suggestion : Suggestion or None
        The last one of the campaign as it is.
    version : int
        Another one after each change of the campaign, so that what follows from it is
        made anew, and inputs are empty again.
    asked : set
        Lines that were suggested: of equal candidates results are awaited of these.
    """

    opened: Opened | None = None
    suggestion: Suggestion | None = None
    version: int = 0
    asked: set = field(default_factory=set)
    _messages: dict = field(default_factory=dict)
    _kept: dict = field(default_factory=dict)

    @staticmethod
    def of_session():
        """That of the visitor."""
        if "state" not in st.session_state:
            st.session_state["state"] = State()
        return st.session_state["state"]

    # -- the folder ----------------------------------------------------------------

    def open(self, folder):
        """Open the campaign of a folder."""
        with in_a_sentence():
            self.set(open_folder(folder))

    def set(self, opened):
        """Take a campaign, or None to leave it."""
        self.opened = opened
        self.changed()
        if opened is not None:
            self.suggestion = _suggested.get(self._moment)

    def changed(self):
        """Forget what followed from the campaign before."""
        self.suggestion = None
        self.version += 1
        # The reasons for a suggestion stay with it.
        self._kept = {k: v for k, v in self._kept.items() if k == "next"}

    def suggest(self, suggestion):
        """Take rows, which are there after a reload of the page, too."""
        self.suggestion = suggestion
        self.asked.update(suggestion.picks.lines)
        _suggested.clear()
        _suggested[self._moment] = suggestion

    @property
    def _moment(self):
        """The campaign as it is in its folder: where, and at which generation."""
        return self.opened.campaign._saved

    def refresh(self):
        """Read the folder again if somebody else wrote to it."""
        folder = self.opened.folder
        try:
            with in_a_sentence():
                with saying(folder):
                    generation = read_manifest(folder)["generation"]
                if generation != self.opened.campaign._saved[1]:
                    self.open(folder)
        except Refused as error:
            self.set(None)
            self.tell("start", "error", str(error))

    # -- doing ---------------------------------------------------------------------

    def do(self, where, work, keep=False):
        """Change the campaign, say what came of it at `where`, and show it anew.

        Parameters
        ----------
        where : str
            Place of the page.
        work : callable
            Returns a sentence, and notes. Calls nothing of streamlit, which would stop
            it half-way where somebody clicks meanwhile.
        keep : bool, default=False
            Whether the suggestion stays.
        """
        suggestion = self.suggestion
        with st.spinner("Working …"):
            try:
                with in_a_sentence():
                    sentence, notes = work()
            except Refused as error:
                if self.opened is not None:
                    self._reread()
                self.tell(where, "error", str(error))
            else:
                self.changed()
                if keep:
                    self.suggest(suggestion)
                self.tell(where, "done", sentence, notes)
        st.rerun()

    def _reread(self):
        """Undo what was done in memory; what was typed in stays."""
        with in_a_sentence():
            self.opened = open_folder(self.opened.folder)

    def once(self, what, of, make):
        """What was made of the same before, or is made now.

        Parameters
        ----------
        what : str
            Name of it.
        of : object
            What it depends on, to be compared.
        make : callable
        """
        if what not in self._kept or self._kept[what][0] != of:
            self._kept.pop(what, None)
            with in_a_sentence():
                self._kept[what] = of, make()
        return self._kept[what][1]

    # -- saying --------------------------------------------------------------------

    def tell(self, where, kind, sentence, notes=()):
        """Have a sentence shown at a place of the page, until the next one."""
        self._messages = {where: (kind, sentence, notes)}

    def show(self, where):
        """Show what is to be said there."""
        if where in self._messages:
            kind, sentence, notes = self._messages[where]
            say(kind, sentence)
            say_notes(notes)
