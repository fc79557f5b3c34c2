#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Empties the connection table of this network namespace, as a router that starts anew does."""

import os
import socket
import struct

NETLINK_NETFILTER = 12
CT_DELETE = 1 << 8 | 2  # NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE; without a tuple: all
REQUEST_ACK = 5

with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as sock:
    sock.send(struct.pack("=IHHIIBBH", 20, CT_DELETE, REQUEST_ACK, 1, 0, 0, 0, 0))
    error = struct.unpack_from("=i", sock.recv(100), 16)[0]
    if error:
        raise OSError(-error, os.strerror(-error))
