# SPDX-License-Identifier: LGPL-2.1-or-later
import importlib.util
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import interop  # noqa: E402

if importlib.util.find_spec("aiortc") is None:
    interop.skip_all("python3-aiortc is not installed")
interop.enter_namespace()
interop.main([sys.executable, f"{interop.HERE}/peer-aiortc.py"])
