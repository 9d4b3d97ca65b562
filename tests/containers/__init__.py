import pytest

pytest.register_assert_rewrite("tests.containers.cases", "tests.containers.dap")
