/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-usb-ports"

#include "simbox/usb-ports.h"

#include <stdlib.h>
#include <string.h>

/* What the kernel shows of USB serial ports (sysfs, Documentation/ABI/testing/sysfs-bus-usb).
 * udev's database has no more of it; its links are looked up for their names, which stay when
 * numbers change. */

#define NAME_FOLDER "dev/serial/by-id"

void
pl_usb_port_free (PlUsbPort *self)
{
  if (self == NULL)
    return;
  g_free (self->path);
  g_free (self->device);
  g_free (self->name);
  g_free (self);
}

/* One attribute of a device, without its line end; NULL: it has none. */
static char *
read_attribute (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  if (!g_file_get_contents (path, &text, /* length = */ NULL, /* error = */ NULL))
    return NULL;
  return g_strstrip (text);
}

static gboolean
read_hex (const char *folder, const char *name, guint *value)
{
  g_autofree char *text = read_attribute (folder, name);
  guint64 number;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 16, 0, 0xffff, &number, NULL))
    return FALSE;
  *value = (guint) number;
  return TRUE;
}

static char *
read_name (const char *device)
{
  g_autofree char *maker = read_attribute (device, "manufacturer");
  g_autofree char *product = read_attribute (device, "product");
  g_autofree char *both = g_strdup_printf ("%s %s", maker ? maker : "", product ? product : "");

  char *name = g_utf8_make_valid (g_strstrip (both), -1);
  if (*name)
    return name;
  g_free (name);
  return g_strdup ("a modem without a name");
}

/* The link that stays with the port; NULL: udev has not made one. */
static char *
find_link (const char *root, const char *tty)
{
  g_autofree char *folder = g_build_filename (root, NAME_FOLDER, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, /* flags = */ 0, /* error = */ NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *link = g_build_filename (folder, name, NULL);
    g_autofree char *target = g_file_read_link (link, /* error = */ NULL);
    g_autofree char *base = target ? g_path_get_basename (target) : NULL;
    if (g_strcmp0 (base, tty) == 0)
      return g_steal_pointer (&link);
  }
  return NULL;
}

/* Up from @folder to the first that has the attribute @name; the root of all has none. */
static char *
find_parent (const char *folder, const char *name)
{
  g_autofree char *at = g_strdup (folder);

  while (strlen (at) > 1) {
    g_autofree char *file = g_build_filename (at, name, NULL);
    if (g_file_test (file, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&at);
    char *up = g_path_get_dirname (at);
    g_free (at);
    at = up;
  }
  return NULL;
}

/* NULL: not one of USB. */
static PlUsbPort *
port_new (const char *root, const char *tty)
{
  g_autofree char *link = g_build_filename (root, "sys/class/tty", tty, NULL);
  char *real = realpath (link, NULL);
  g_autofree char *interface = real ? find_parent (real, "bInterfaceNumber") : NULL;
  g_autofree char *device = interface ? find_parent (interface, "idVendor") : NULL;
  g_autoptr (PlUsbPort) self = g_new0 (PlUsbPort, 1);

  free (real);
  if (device == NULL || !read_hex (device, "idVendor", &self->vendor_id)
      || !read_hex (interface, "bInterfaceNumber", &self->interface))
    return NULL;
  self->name = read_name (device);
  self->path = find_link (root, tty);
  if (self->path == NULL)
    self->path = g_build_filename (root, "dev", tty, NULL);
  self->device = g_steal_pointer (&device);
  return g_steal_pointer (&self);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const PlUsbPort *one = *(PlUsbPort *const *) a, *two = *(PlUsbPort *const *) b;
  int order = strcmp (one->device, two->device);

  return order ? order : (int) one->interface - (int) two->interface;
}

GPtrArray *
pl_usb_ports_list (const char *root)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_usb_port_free);
  g_autofree char *folder = g_build_filename (root, "sys/class/tty", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, /* flags = */ 0, /* error = */ NULL);
  const char *tty;

  while (dir && (tty = g_dir_read_name (dir))) {
    PlUsbPort *port = port_new (root, tty);
    if (port)
      g_ptr_array_add (list, port);
  }
  g_ptr_array_sort (list, compare);
  return list;
}
