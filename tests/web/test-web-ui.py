#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The web phone as its user has it: the scenarios of tests/web/ui in a namespace of their own.

  tests/web/test-web-ui.py [FILE[/SCENARIO]]...   parts of names, as tests/web/ui/lib/scenario.js says
"""
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from pl_namespace import enter_namespace, skip_all

MODULES = os.path.join(HERE, "..", "..", "build", "web", "node_modules")


def main():
    for program in ("chromium", "node", "nft"):
        if not shutil.which(program):
            skip_all(f"{program} is not installed")
    modules = os.environ.setdefault("PL_NODE_MODULES", os.path.abspath(MODULES))
    for module in ("playwright-core", "axe-core"):
        if not os.path.exists(os.path.join(modules, module)):
            skip_all(f"{module} is not in {modules}: tools/web prepare")
    enter_namespace()
    os.execvp("node", ["node", os.path.join(HERE, "ui", "lib", "run.js"), *sys.argv[1:]])


main()
