"""Parts of the report on the page."""

import re
from base64 import b64encode
from html import escape, unescape

import streamlit as st

from skcurious.campaign._report._style import STYLE

_SVG = re.compile(r"<svg (.*?)>(.*?)</svg>", flags=re.DOTALL)
_TITLE = re.compile(r"<title id=[^>]*>(.*?)</title>", flags=re.DOTALL)
# Colours of the report by day, and its rules for pictures; large enough for a phone.
_COLOURS = re.search(r":root \{.*?\}", STYLE, flags=re.DOTALL)[0]
_RULES = "\n".join(re.findall(r"^svg \.?\w[^@]*?\}", STYLE, flags=re.MULTILINE))
_FONT = "svg { font-family: sans-serif }"
_PHONE = "@media (max-width: 30rem) { svg text { font-size: 17px } }"

PAGE = """<style>
[data-testid="stMainBlockContainer"] { max-width: 70rem;
  padding: 1.5rem 1rem 4rem; }
[data-testid="stMainBlockContainer"] h1 { font-size: 1.9rem; padding: .3rem 0 .5rem; }
[data-testid="stMainBlockContainer"] h2 { font-size: 1.3rem; padding: .6rem 0 .3rem; }
[data-testid="stElementToolbar"] { display: none; }
.skc { overflow-wrap: anywhere; }
.skc h3 { font-size: 1.05rem; padding: .6rem 0 .2rem; }
.skc p, .skc ol { max-width: 46rem; margin: .4rem 0; }
.skc ol { padding-left: 1.6rem; }
.skc li { margin: .4rem 0; }
.skc .note, .skc figcaption { color: #57606a; font-size: .9rem; }
.skc .wide { overflow-x: auto; margin: 0 0 .8rem; }
.skc .wide:focus-visible { outline: 2px solid #0b5cad; outline-offset: 1px; }
.skc table { width: max-content; border-collapse: collapse; margin: 0;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
.skc th, .skc td { padding: .3rem .7rem; text-align: left; vertical-align: top;
  border: 0; border-bottom: 1px solid #d0d7de; max-width: 22rem; color: inherit; }
.skc thead th { background: #f3f5f8; vertical-align: bottom; font-weight: 600; }
.skc tbody th { font-weight: 600; }
.skc .n { text-align: right; white-space: nowrap; }
.skc .counts { display: flex; flex-wrap: wrap; gap: .5rem; margin: .3rem 0; padding: 0;
  list-style: none; }
.skc .counts li { margin: 0; padding: .35rem .8rem; background: #f3f5f8;
  border-radius: .5rem; }
.skc .counts b { font-size: 1.15rem; padding-right: .3rem; }
.skc .figures { display: grid; gap: 1rem 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.skc figure { margin: .5rem 0; max-width: 40rem; }
.skc figure > img { width: 100%; height: auto; }
.skc .key { white-space: nowrap; margin-right: .8rem; }
.skc .key img { display: inline-block; width: .9rem; height: .9rem;
  vertical-align: -.1rem; }
.said { padding: .6rem .9rem; margin: .2rem 0; border-radius: .4rem;
  overflow-wrap: anywhere; max-width: 58rem; }
.said.error { background: #fdeceb; color: #7d1a14; border-left: 4px solid #b3261e; }
.said.done { background: #e8f3ec; color: #14532d; border-left: 4px solid #1a7f37; }
.said.note, .said.notes { background: #f3f5f8; color: #1b1f24; }
.said.notes { padding-left: 2rem; }
@media (max-width: 30rem) { .skc thead th { max-width: 10rem; }
  .skc td { max-width: 14rem; } }
</style>"""


def style():
    """How all of this looks."""
    st.html(PAGE)


def show(html):
    """Show parts of the report, which are escaped already."""
    st.html(f'<div class="skc">{_SVG.sub(_as_image, html)}</div>')


def _as_image(found):
    """A picture as an image, which the page lets through, with its title for a text."""
    attributes, content = found.groups()
    title = _TITLE.search(content)
    alt = escape(unescape(title[1])) if title else ""
    box = re.search(r'viewBox="[^"]*"', attributes)[0]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}><style>{_COLOURS}\n{_FONT}\n'
        f"{_RULES}\n{_PHONE}</style>{content}</svg>"
    )
    # A lone half of a sign, which no file can hold, is shown by its number elsewhere.
    data = b64encode(svg.encode("utf-8", "replace")).decode()
    return f'<img alt="{alt}" src="data:image/svg+xml;base64,{data}">'
