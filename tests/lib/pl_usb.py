# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the kernel and udev show of a USB modem: folders and links below a folder of the test's."""

import os


def _write(folder, **attributes):
    os.makedirs(folder, exist_ok=True)
    for name, value in attributes.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(value + "\n")


class Usb:
    """The machine: sys and dev. Ports are numbered as they come, as the kernel does."""

    def __init__(self, root):
        self.root = root
        self.count = 0
        for folder in "sys/class/tty", "dev/serial/by-id":
            os.makedirs(os.path.join(root, folder))

    def plug(self, bus, vendor, ports, name=("Quectel", "EC25"), by_id=True):
        """A device on the port "1-1": its serial ports by the number of their interface, each the
        path of what is behind it. Gives the paths to open."""
        device = os.path.join(self.root, "sys/devices/usb1", bus)
        _write(device, idVendor=vendor, idProduct="0125", manufacturer=name[0], product=name[1])
        return {i: self._port(device, i, behind, "_".join(name), by_id)
                for i, behind in ports.items()}

    def _port(self, device, interface, behind, name, by_id):
        tty = f"ttyUSB{self.count}"
        self.count += 1
        folder = f"{device}/{os.path.basename(device)}:1.{interface}"
        _write(folder, bInterfaceNumber=f"{interface:02x}")
        os.makedirs(f"{folder}/{tty}/tty/{tty}")
        os.symlink(f"{folder}/{tty}/tty/{tty}", os.path.join(self.root, "sys/class/tty", tty))
        node = os.path.join(self.root, "dev", tty)
        os.symlink(behind, node)
        if not by_id:
            return node
        link = os.path.join(self.root, "dev/serial/by-id",
                            f"usb-{name}_{os.path.basename(device)}-if{interface:02}-port0")
        os.symlink(f"../../{tty}", link)
        return link

    def unplug(self):
        """All that is there."""
        for folder in "sys/class/tty", "dev", "dev/serial/by-id":
            for entry in os.scandir(os.path.join(self.root, folder)):
                if entry.is_symlink():
                    os.unlink(entry.path)
