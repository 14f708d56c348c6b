"""End-to-end tests that LocalStack 4.14.0 cannot pass, and why: it lies with LocalStack each time.

They are left out by name, and printed with their reasons; docs/localstack.md tells more.
"""

GAPS: dict[str, tuple[str, ...]] = {
    "LocalStack answers 401, 403 and 404 in its own words: it keeps gateway responses, and renders none": (
        "tests/e2e/test_access.py::test_without_a_token_it_is_a_401",
        "tests/e2e/test_access.py::test_with_garbage_for_a_token_it_is_a_401",
        "tests/e2e/test_access.py::test_a_tampered_token_is_a_401",
        "tests/e2e/test_access.py::test_a_token_without_the_scope_is_a_403",
        "tests/e2e/test_access.py::test_an_unknown_route_is_a_404",
    ),
    "it kills a function's processes in the middle, and finds them by the name that MiniStack gives them": (
        "tests/e2e/test_batches.py::"
        "test_a_batch_whose_file_comes_twice_and_whose_consumer_is_killed_pays_every_good_line_once",
    ),
}
