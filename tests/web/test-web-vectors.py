#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The web phone's protocol modules in a browser, against what the C side is checked against."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from pl_browser import need_browser
from pl_test import run
from pl_web import TOP, Page


async def test_words(page):
    """Both lists are the same, in the same order."""
    with open(os.path.join(TOP, "src", "proto", "words.c")) as file:
        words = re.findall(r'"([a-z]+)"', file.read().split("{", 1)[1])
    assert await page.do("words") == words


async def test_vectors(folder):
    page = await Page.open("vectors.html")
    failed = []
    for name in await page.do("names"):
        try:
            await page.do("run", name)
            print(f"# {name}")
        except AssertionError as error:
            failed.append(str(error))
    await test_words(page)
    assert not failed, "\n".join(failed)
    page.check_console()


need_browser()
run([test_vectors])
