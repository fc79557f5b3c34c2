# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import interop  # noqa: E402

for program in ("chromium", "chromedriver"):
    if not shutil.which(program):
        interop.skip_all(f"{program} is not installed")
interop.enter_namespace()
interop.main([sys.executable, f"{interop.HERE}/peer-chromium.py"], restarts=True)
