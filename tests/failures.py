"""A failure is told when it happens: a run that is cut off has said what it knew."""

import pytest

TOLD = 6_000  # characters of one failure, from its end: what was raised stands last


class Teller:
    """Writes each failure under the dots."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self.reporter = reporter

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.reporter.ensure_newline()
            self.reporter.section(f"{report.nodeid} ({report.when})", sep="_", red=True)
            self.reporter.line(report.longreprtext[-TOLD:])


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Teller(reporter), "failures-as-they-happen")
