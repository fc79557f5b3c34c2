#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""1,000 texts each way in bursts, 20 kill -9 of the box at random moments: none lost, none twice.
PL_TEST_SEED repeats a run; PL_TOP_BUILDDIR names the build (else the current folder)."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pl_test
from pl_simmodem import SimModem
from pl_texts import Killing, TextsShell, chance

pl_test.CASE_SECONDS = 900


async def bench_texts(folder):
    sim = await SimModem.start(folder, vendor="quectel")
    shell = TextsShell(os.path.join(folder, "box.db"), "--device", sim.at, "--answer-ms", "2000")
    print("#", await Killing(sim, shell, n_texts=1000, kills=20, seconds=3).run(chance()))


pl_test.run([bench_texts])
