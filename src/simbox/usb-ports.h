/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** One serial port of a USB device. */
typedef struct {
  char *path;   /* to open: below dev/serial/by-id where udev has made that, else dev/ttyUSB2 */
  char *device; /* the folder of its USB device: the same for all of its ports */
  char *name;   /* "Quectel EC25", as the device calls itself */
  guint vendor_id; /* 0x2c7c */
  guint interface; /* of the device; says what the port is for */
} PlUsbPort;
void pl_usb_port_free (PlUsbPort *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlUsbPort, pl_usb_port_free)

/** All there are, those of one device together, in the order of their interfaces: GPtrArray of
 * PlUsbPort, the caller's. @root: where "sys" and "dev" are, "/" on a machine. */
GPtrArray *pl_usb_ports_list (const char *root);
