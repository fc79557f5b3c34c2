#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every text of the web phone is there in German, and nothing else; read from the sources."""
import json
import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
WEB = os.path.join(TOP, "data", "web")
# Strings may be joined with + over lines.
LITERAL = r'"(?:[^"\\]|\\.)*"(?:\s*\+\s*"(?:[^"\\]|\\.)*")*'
ONE = re.compile(rf"\bt\(\s*({LITERAL})")
TWO = re.compile(rf"\btn\(\s*({LITERAL})\s*,\s*({LITERAL})")
# Not the functions themselves, and not what i18n.js makes of one in the other.
CALL = re.compile(r"(?<!function )\bt(n?)\((?!n === 1|\))")
NAME = re.compile(r"\{\w+\}")


def value(literal):
    return "".join(json.loads(part) for part in re.findall(r'"(?:[^"\\]|\\.)*"', literal))


def read_sources():
    """Texts with their place, and calls without literals."""
    texts, odd = {}, []
    for folder, _, names in os.walk(os.path.join(WEB, "js")):
        for name in names:
            path = os.path.join(folder, name)
            with open(path) as file:
                source = file.read()
            for call in CALL.finditer(source):
                found = (TWO if call[1] else ONE).match(source, call.start())
                where = f"{os.path.relpath(path, WEB)}:{source.count(chr(10), 0, call.start()) + 1}"
                if not found:
                    odd.append(where)
                for literal in found.groups() if found else ():
                    texts.setdefault(value(literal), where)
    return texts, odd


def main():
    texts, odd = read_sources()
    with open(os.path.join(WEB, "lang", "de.json")) as file:
        german = json.load(file)
    cases = [
        ("t and tn get literals", odd),
        ("each text is there in German", [f"{texts[text]}: {text}" for text in texts if text not in german]),
        ("nothing else is there", [text for text in german if text not in texts]),
        ("with the same names in it", [text for text, other in german.items()
                                       if sorted(NAME.findall(text)) != sorted(NAME.findall(other))]),
        ("sorted", [] if list(german) == sorted(german) else ["lang/de.json"]),
    ]
    print(f"1..{len(cases)}")
    for number, (title, wrong) in enumerate(cases, 1):
        print(f"{'not ok' if wrong else 'ok'} {number} - {title}")
        for line in wrong:
            print(f"# {line}")
    sys.exit(any(wrong for _, wrong in cases))


main()
