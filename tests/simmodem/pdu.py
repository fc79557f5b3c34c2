# SPDX-License-Identifier: LGPL-2.1-or-later
"""Short messages as the network makes and reads them (3GPP TS 23.038, 23.040).

Written for the simulator alone and on purpose not shared with what it tests."""

import random
import time

GSM7 = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
        "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
EXTENSION = {"\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D,
             "]": 0x3E, "|": 0x40, "€": 0x65}
EXTENDED = {code: char for char, code in EXTENSION.items()}
# The service centre +491722270000, as it stands before a TPDU in AT commands.
SMSC_PREFIXED = bytes.fromhex("0791947122720000")
ESCAPE = 0x1B


def septets_of(char):
    """The septets of one character, or None when the alphabet has it not."""
    if char in EXTENSION:
        return [ESCAPE, EXTENSION[char]]
    code = GSM7.find(char)
    return [code] if code >= 0 and code != ESCAPE else None


def pack(septets, fill=0):
    """Septets as octets, least significant bit first, after `fill` empty bits."""
    bits = sum(value << (7 * i) for i, value in enumerate(septets)) << fill
    return bits.to_bytes((7 * len(septets) + fill + 7) // 8, "little")


def unpack(data, count, fill=0):
    bits = int.from_bytes(data, "little") >> fill
    return [bits >> (7 * i) & 0x7F for i in range(count)]


def text_of(septets):
    text, escaped = "", False
    for value in septets:
        if escaped:
            text += EXTENDED.get(value, " ")
        elif value != ESCAPE:
            text += GSM7[value]
        escaped = value == ESCAPE and not escaped
    return text


def semi_octets(digits):
    digits += "F" * (len(digits) % 2)
    return bytes.fromhex("".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2)))


def address(number):
    """A TP address: +digits, digits, or a name (alphanumeric)."""
    digits = number.lstrip("+")
    if digits and all(c in "0123456789*#" for c in digits):
        digits = digits.replace("*", "A").replace("#", "B")
        kind = 0x91 if number.startswith("+") else 0x81
        return bytes([len(digits), kind]) + semi_octets(digits)
    septets = [s for char in number for s in septets_of(char)]
    packed = pack(septets)
    return bytes([(7 * len(septets) + 3) // 4, 0xD0]) + packed


def read_address(reader):
    length, kind = reader.take(1)[0], reader.take(1)[0]
    raw = reader.take((length + 1) // 2)
    if length > 20:
        raise ValueError("address too long")
    if kind & 0x70 == 0x50:
        return text_of(unpack(raw, length * 4 // 7))
    digits = "".join(f"{octet & 15:X}{octet >> 4:X}" for octet in raw)[:length]
    digits = digits.replace("A", "*").replace("B", "#")
    if not all(c in "0123456789*#" for c in digits):
        raise ValueError(f"bad digits {digits}")
    return ("+" if kind & 0x70 == 0x10 else "") + digits


def timestamp(when=None):
    return semi_octets(time.strftime("%y%m%d%H%M%S", time.gmtime(when)) + "00")


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, count):
        if count > len(self.data):
            raise ValueError("too short")
        taken, self.data = self.data[:count], self.data[count:]
        return taken


def split(text, single, multi, size_of):
    """The text in parts of at most `multi` units, or in one of `single`; no character is cut."""
    if sum(map(size_of, text)) <= single:
        return [text]
    parts, room = [""], multi
    for char in text:
        if size_of(char) > room:
            parts.append("")
            room = multi
        parts[-1] += char
        room -= size_of(char)
    return parts


def user_data(text, header, ucs2):
    """UDL and UD."""
    if ucs2:
        data = header + text.encode("utf-16-be")
        return bytes([len(data)]) + data
    septets = [s for char in text for s in septets_of(char)]
    fill = -8 * len(header) % 7
    used = (8 * len(header) + fill) // 7
    return bytes([used + len(septets)]) + header + pack(septets, fill)


def concatenation(ref, total, seq, wide):
    if wide:
        return bytes([6, 0x08, 4, ref >> 8 & 255, ref & 255, total, seq])
    return bytes([5, 0x00, 3, ref & 255, total, seq])


def deliver(number, text, ref=None, wide=False, ucs2=None, flash=False, pid=0, when=None):
    """The SMS-DELIVER TPDUs of a text, in order. `ucs2` None: only when it has to be."""
    if ucs2 is None:
        ucs2 = any(septets_of(char) is None for char in text)
    if ucs2:
        head = 7 if wide else 6
        parts = split(text, 70, (140 - head) // 2, lambda c: len(c.encode("utf-16-be")) // 2)
    else:
        parts = split(text, 160, 152 if wide else 153, lambda c: len(septets_of(c)))
    ref = random.randrange(65536) if ref is None else ref
    dcs = (0x08 if ucs2 else 0) | (0x10 if flash else 0)
    pdus = []
    for seq, part in enumerate(parts, 1):
        header = concatenation(ref, len(parts), seq, wide) if len(parts) > 1 else b""
        first = 0x04 | (0x40 if header else 0)
        pdus.append(bytes([first]) + address(number) + bytes([pid, dcs]) + timestamp(when)
                    + user_data(part, header, ucs2))
    return pdus


def status_report(number, mr, status):
    return (bytes([0x06, mr]) + address(number) + timestamp() + timestamp() + bytes([status]))


def read_header(header, message):
    reader = Reader(header)
    while reader.data:
        kind, length = reader.take(2)
        value = reader.take(length)
        if kind == 0x00 and length == 3:
            message.update(ref=value[0], total=value[1], seq=value[2])
        elif kind == 0x08 and length == 4:
            message.update(ref=value[0] << 8 | value[1], total=value[2], seq=value[3])


def read_user_data(reader, dcs, has_header, message):
    length = reader.take(1)[0]
    ucs2, eight = dcs & 0x0C == 0x08, dcs & 0x0C == 0x04
    seven = not (ucs2 or eight)
    data = reader.take((length * 7 + 7) // 8 if seven else length)
    if len(data) > 140 or reader.data:
        raise ValueError("user data of the wrong length")
    skip = 0
    if has_header:
        if not data or data[0] + 1 > len(data):
            raise ValueError("header too long")
        skip = data[0] + 1
        read_header(data[1:skip], message)
    if ucs2:
        message["text"] = data[skip:].decode("utf-16-be")
    elif eight:
        message["data"] = data[skip:].hex()
    else:
        used = (8 * skip + 6) // 7
        if used > length:
            raise ValueError("header longer than the text")
        message["text"] = text_of(unpack(data, length)[used:])


def read_submit(tpdu):
    """An SMS-SUBMIT as the network reads it: a dict; ValueError when it is none."""
    reader = Reader(tpdu)
    first = reader.take(1)[0]
    if first & 3 != 1:
        raise ValueError("no SMS-SUBMIT")
    message = {"report": bool(first & 0x20), "ref": 0, "total": 1, "seq": 1}
    reader.take(1)  # the reference is the modem's to give
    message["number"] = read_address(reader)
    message["pid"], message["dcs"] = reader.take(2)
    reader.take({0: 0, 2: 1, 1: 7, 3: 7}[first >> 3 & 3])
    read_user_data(reader, message["dcs"], first & 0x40, message)
    if not message["number"]:
        raise ValueError("no destination")
    return message
