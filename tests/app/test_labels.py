"""What the command says, on the page."""

import pytest

from skcurious._app._labels import OPTIONS, on_the_page


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "'?' in column 'x' is no number (--ignore leaves it out): correct it.",
            "'?' in column 'x' is no number (“Leave out” leaves it out): correct it.",
        ),
        ("-n asks for 40 rows", "“How many rows” asks for 40 rows"),
        ("add what --output wrote there.", "add what the download wrote there."),
        (
            "c holds no campaign: make one with python -m skcurious init c "
            "--candidates TABLE --target COLUMN.",
            "c holds no campaign: make one of a table of candidates.",
        ),
        # Names of the user that look alike.
        ("'a-n' and '--target' and x--cost-y", "'a-n' and '--target' and x--cost-y"),
        ("from -1 to 5; --header-rows", "from -1 to 5; --header-rows"),
    ],
)
def test_options_are_called_as_on_the_page(said, shown):
    assert on_the_page(said) == shown


def test_every_option_of_init_and_add_has_a_label():
    import argparse

    from skcurious._suggest import add_folder

    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    add_folder(commands)
    for name in ("init", "add"):
        for action in commands.choices[name]._actions:
            for option in action.option_strings:
                if option not in ("-h", "--help", "--candidates"):
                    assert option in OPTIONS
