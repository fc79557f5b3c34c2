#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One gigabyte through the local ports: the hash holds and memory stays flat. PL_TEST_LONG=1."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pl_test
from pl_punchline import carry

if not os.environ.get("PL_TEST_LONG"):
    print("1..0 # SKIP takes minutes: set PL_TEST_LONG=1")
    sys.exit(0)

SECONDS = 400
pl_test.CASE_SECONDS = SECONDS + 20


async def test_one_gigabyte(_):
    await carry(1 << 30, SECONDS)


pl_test.run([test_one_gigabyte])
