"""What the documentation promises about the package, and the other way round."""

import configparser
import importlib.util
import inspect
import pkgutil
import re
import runpy
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import Ridge
from sklearn.utils import estimator_html_repr

import skcurious
from skcurious import CuriousRegressor, CuriousRidge
from skcurious._documentation import DOCUMENTATION

pytest.importorskip("numpydoc")

from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

ROOT = Path(__file__).parents[1]
API = ROOT / "doc" / "api.rst"
ENTRIES = re.findall(r"^   (skcurious\.\S+)$", API.read_text(), flags=re.MULTILINE)
# Where the oldest supported NumPy is too old for scikit-activeml.
ABSENT = [] if importlib.util.find_spec("skactiveml") else ["skcurious.activeml"]
if importlib.util.find_spec("torch") is None:
    ABSENT.append("skcurious.torch")
ENTRIES = [entry for entry in ENTRIES if entry.rpartition(".")[0] not in ABSENT]
MODULES = sorted({entry.rpartition(".")[0] for entry in ENTRIES} - {"skcurious"})


def documented(entry):
    module, _, name = entry.rpartition(".")
    return getattr(importlib.import_module(module), name)


def estimators():
    return [
        entry
        for entry in ENTRIES
        if inspect.isclass(documented(entry))
        and issubclass(documented(entry), BaseEstimator)
    ]


def instance(cls):
    parameters = inspect.signature(cls).parameters
    if "estimators" in parameters:
        return cls([("ridge", Ridge())])
    if "module" in parameters:
        return cls(pytest.importorskip("torch").nn.Flatten)
    return cls(Ridge()) if "estimator" in parameters else cls()


@pytest.mark.parametrize("entry", estimators())
def test_the_html_representation_links_to_the_page_of_the_class(entry):
    model = instance(documented(entry))
    # autosummary names the page by the entry.
    page = f"{DOCUMENTATION}/generated/{entry}.html"
    assert model._get_doc_link() == page
    assert f'href="{page}"' in estimator_html_repr(model)


def test_subclasses_elsewhere_have_no_page():
    class Mine(CuriousRidge):
        pass

    assert Mine()._get_doc_link() == ""


def test_the_wrapped_regressor_keeps_its_own_page():
    text = estimator_html_repr(CuriousRegressor(Ridge()))
    assert re.search(r"https://scikit-learn\.org/[\w.]+/modules/generated/", text)


def test_every_public_module_has_entries():
    modules = pkgutil.iter_modules(skcurious.__path__, "skcurious.")
    names = {m.name for m in modules if "._" not in m.name} - {"skcurious.__main__"}
    assert set(MODULES) == names - set(ABSENT)
    declared = re.findall(r"^\.\. py:module:: (\S+)$", API.read_text(), re.MULTILINE)
    assert sorted(declared) == sorted({"skcurious", *names})  # targets of references


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_of_a_module_has_an_entry(module):
    public = getattr(importlib.import_module(module), "__all__", None)
    if public is None:  # modules of one file: what they define
        members = vars(importlib.import_module(module))
        public = [
            name
            for name, value in members.items()
            if not name.startswith("_") and getattr(value, "__module__", "") == module
        ]
    entries = {e.rpartition(".")[2] for e in ENTRIES if e.rpartition(".")[0] == module}
    assert entries == set(public)


def test_every_name_at_the_top_has_an_entry():
    entries = {entry.rpartition(".")[2] for entry in ENTRIES}
    assert set(skcurious.__all__) <= entries


# -- links between built pages -----------------------------------------------------


@pytest.mark.parametrize(
    ("link", "is_alive"),
    [
        ("other.html", True),
        ("other.html#here", True),
        ("#top", True),
        ("picture.png?v=1", True),
        ("with%20space.txt", True),
        ("https://example.org/nowhere", True),
        ("mailto:somebody@example.org", True),
        ("gone.html", False),
        ("other.html#gone", False),
        ("#gone", False),
        ("gone.png", False),
    ],
)
def test_check_of_links(tmp_path, capsys, link, is_alive):
    (tmp_path / "index.html").write_text(f'<p><a href="{link}">x</a></p>')
    (tmp_path / "other.html").write_text('<h1 id="here">x</h1>')
    for name in ("picture.png", "with space.txt"):
        (tmp_path / name).touch()
    main = runpy.run_path(str(ROOT / "doc" / "check_links.py"))["main"]
    failure = main([str(tmp_path)])
    assert (failure is None) == is_alive
    assert (f"index.html: {link}" in capsys.readouterr().out) == (not is_alive)


def test_check_of_links_without_a_site(tmp_path):
    main = runpy.run_path(str(ROOT / "doc" / "check_links.py"))["main"]
    assert "usage" in main([str(tmp_path)])


# -- docstrings --------------------------------------------------------------------


def checks_left_out():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    every, *left_out = config["tool:numpydoc_validation"]["checks"].split()
    assert every == "all"
    return set(left_out)


def public_methods(entry):
    """Names of the methods and properties that skcurious defines."""
    for name, value in inspect.getmembers(documented(entry)):
        function = value.fget if isinstance(value, property) else value
        origin = getattr(function, "__module__", None) or ""
        if not name.startswith("_") and origin.startswith("skcurious"):
            yield f"{entry}.{name}"


def names_to_validate():
    for entry in ENTRIES:
        yield entry
        if inspect.isclass(documented(entry)):
            yield from public_methods(entry)


def says_it_in_a_line(name):
    """A product or a solve of the mathematics, whose line is its formula."""
    docstring = validate(name)["docstring"]
    return name.startswith("skcurious.tangent.") and "\n" not in docstring.strip()


def says_how_in_a_line(name):
    """A method that implements one of the contract, which says what it takes."""
    entry, _, method = name.rpartition(".")
    if entry not in ENTRIES or not inspect.isclass(documented(entry)):
        return False
    own, *bases = (
        inspect.getdoc(vars(cls)[method]) or ""
        for cls in documented(entry).__mro__
        if method in vars(cls)
    )
    complete = any(re.search("^(Returns|Yields)$", base, re.M) for base in bases)
    return "\n" not in own and complete


def has_attributes_for_parameters(entry):
    """A class that is not made by users, and tells what they find in it."""
    cls = documented(entry)
    docstring = NumpyDocString(inspect.getdoc(cls))
    attributes = {attribute.name for attribute in docstring["Attributes"]}
    return set(inspect.signature(cls).parameters) <= attributes


@pytest.mark.parametrize("name", names_to_validate())
def test_docstring(name):
    left_out = checks_left_out() - {"GL08"}  # without a docstring
    if name in ENTRIES:
        left_out -= {"EX01"}  # without an example
        if inspect.isclass(documented(name)) and has_attributes_for_parameters(name):
            left_out |= {"PR01"}
    elif says_it_in_a_line(name) or says_how_in_a_line(name):
        left_out |= {"PR01", "RT01", "YD01"}
    errors = [error for error in validate(name)["errors"] if error[0] not in left_out]
    assert errors == []
