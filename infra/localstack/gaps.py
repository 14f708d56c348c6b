"""End-to-end tests that LocalStack 4.14.0 cannot pass, and why: it lies with LocalStack each time.

As a plugin of pytest (`-p infra.localstack.gaps`) it expects them to fail, and prints the reasons. One that
passes fails the run: LocalStack has mended it, and it goes from here. What would wait for an hour is not run.
docs/localstack.md tells more.
"""

import pytest

ACCESS = "tests/e2e/test_access.py"

BROWSERS = "tests/e2e/test_attacks.py::test_a_page_of_another_origin_reads_nothing_and_nothing_is_kept"

# A test by its name, or one of its cases by its id.
GAPS: dict[str, tuple[str, ...]] = {
    "LocalStack answers 401, 403 and 404 in its own words: it keeps gateway responses, and renders none": (
        f"{ACCESS}::test_without_a_token_it_is_a_401",
        f"{ACCESS}::test_an_unknown_route_is_a_404",
        f"{BROWSERS}[GET-/merchants-False]",
        f"{BROWSERS}[GET-/nothing-False]",
        f"{BROWSERS}[OPTIONS-/payments-False]",
    ),
}
ENDLESS: dict[str, tuple[str, ...]] = {
    "LocalStack updates neither REST APIs nor nested stacks, and the deployment waits for it": (
        "tests/e2e/test_new_room.py::test_a_room_is_gone_when_its_folder_is",
    ),
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the gaps. Before pytest-xdist's hook, which adds to the ids."""
    reasons = {test: reason for reason, tests in {**GAPS, **ENDLESS}.items() for test in tests}
    for item in items:
        whole = item.nodeid.partition("[")[0]
        test = whole if whole in reasons else item.nodeid
        if test in reasons:
            runs = not any(test in tests for tests in ENDLESS.values())
            item.add_marker(
                pytest.mark.xfail(reason=reasons[test], raises=AssertionError, strict=True, run=runs)
            )
