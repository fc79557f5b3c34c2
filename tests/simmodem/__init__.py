# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cellular modem that is a program: see README.md."""
