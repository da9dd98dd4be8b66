"""The tally of all properties, at the end of the run."""

from collections import Counter, defaultdict

COLUMNS = "inputs", "equal", "explained", "warned", "refused", "failed", "stray"


def pytest_terminal_summary(terminalreporter):
    families = defaultdict(Counter)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) != "call":
                continue
            for name, value in report.user_properties:
                if name == "tally":
                    families[value[0]].update(value[1])
    if not families:
        return
    families["all"] = sum(families.values(), Counter())
    terminalreporter.section("hostile inputs")
    width = max(map(len, families))
    write = terminalreporter.write_line
    write(" ".join([" " * width, *(f"{name:>9}" for name in COLUMNS)]))
    for family, tally in families.items():
        counts = (f"{tally[name]:9,}" for name in COLUMNS)
        write(" ".join([f"{family:{width}}", *counts]))
