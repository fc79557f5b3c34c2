# SPDX-License-Identifier: LGPL-2.1-or-later
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import interop  # noqa: E402

PROBE = """
import gi
for name in ("Gst", "GstSdp", "GstWebRTC"): gi.require_version(name, "1.0")
from gi.repository import Gst
Gst.init(None)
missing = [n for n in ("webrtcbin", "nicesrc", "dtlsdec", "sctpdec") if not Gst.ElementFactory.find(n)]
raise SystemExit(bool(missing))
"""
if subprocess.run([sys.executable, "-c", PROBE], capture_output=True).returncode != 0:
    interop.skip_all("GStreamer's webrtcbin, its Python bindings or elements are missing")
interop.enter_namespace()
# A pipeline that goes to NULL sends nothing: consent has to run out.
interop.main([sys.executable, f"{interop.HERE}/peer-webrtcbin.py"], says_goodbye=False)
