/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-at-finder"

#include "simbox/at-finder.h"

#include "base/clock.h"
#include "base/log.h"
#include "simbox/at-port.h"
#include "simbox/at-queue.h"
#include "simbox/usb-ports.h"

#include <errno.h>
#include <string.h>

/* Nothing was found: the ports are looked at again this often. */
#define LOOK_US (5 * G_USEC_PER_SEC)

struct _PlAtFinder {
  char *root;
  guint answer_ms;
  const PlAtFinderOps *ops;
  gpointer user_data;
  PlDeadline *next; /* the next port, or the next look */
  GPtrArray *ports; /* of PlUsbPort, the ones to ask; NULL: between two looks */
  guint at;         /* the one that is being asked */
  PlAtPort *port;   /* of it */
  PlAtQueue *queue;
  GPtrArray *found;    /* those that answered: of @ports */
  GPtrArray *done;     /* of @ports: their devices need not be asked on others */
  GString *refusals;   /* why devices did not, one reason each */
  const char *refused; /* the device of the last of them: of @ports */
  char *problem;       /* that was told last */
};

/* Where the makers' modems take commands and where their voice is, by the number of the USB
 * interface: the layout that all of a maker's current modems share. A port that does not answer
 * there is looked for among the device's others. */
typedef struct {
  guint vendor_id;
  guint commands, pcm;
} Maker;

static const Maker makers[] = {
  { 0x2c7c, 2, 1 }, /* Quectel: the voice takes the place of the GPS */
  { 0x05c6, 2, 1 }, /* Quectel's first ones, under Qualcomm's number */
  { 0x1e0e, 2, 4 }, /* SIMCom */
  { 0x12d1, 2, 1 }, /* Huawei */
};

static const Maker *
maker_of (const PlUsbPort *port)
{
  for (guint i = 0; i < G_N_ELEMENTS (makers); i++)
    if (makers[i].vendor_id == port->vendor_id)
      return &makers[i];
  return NULL;
}

static gboolean
takes_commands (const PlUsbPort *port)
{
  const Maker *maker = maker_of (port);
  return maker && maker->commands == port->interface;
}

static gboolean
has_voice (const PlUsbPort *port)
{
  const Maker *maker = maker_of (port);
  return maker && maker->pcm == port->interface;
}

static void
look_next (PlAtFinder *self, int64_t after_us)
{
  pl_deadline_set (self->next, g_get_monotonic_time () + after_us);
}

static const PlUsbPort *
asked (const PlAtFinder *self)
{
  return g_ptr_array_index (self->ports, self->at);
}

/* --- one port --- */

/* Not from a callback of the two. */
static void
close_port (PlAtFinder *self)
{
  g_clear_pointer (&self->port, pl_at_port_free);
  g_clear_pointer (&self->queue, pl_at_queue_free);
}

static void
refuse (PlAtFinder *self, const char *why)
{
  pl_debug (self, "%s: %s", asked (self)->path, why);
  look_next (self, 0);
  if (g_strcmp0 (self->refused, asked (self)->device) == 0)
    return;
  self->refused = asked (self)->device;
  g_string_append_printf (self->refusals, "%s'%s' %s", self->refusals->len ? "; " : "",
                          asked (self)->path, why);
}

/* What holds for this port holds for the others of its device. */
static void
refuse_device (PlAtFinder *self, const char *why)
{
  g_ptr_array_add (self->done, (gpointer) asked (self));
  refuse (self, why);
}

static void
on_answer (const PlAtAnswer *answer, gpointer user_data)
{
  PlAtFinder *self = user_data;

  if (self->port == NULL)
    return;
  /* There are modems that say ERROR to it. */
  if (answer->error
      && !g_error_matches (answer->error, PL_MODEM_ERROR, PL_MODEM_ERROR_FAILED)) {
    refuse (self, "does not answer");
    return;
  }
  pl_debug (self, "%s: answers", asked (self)->path);
  g_ptr_array_add (self->found, (gpointer) asked (self));
  g_ptr_array_add (self->done, (gpointer) asked (self));
  look_next (self, 0);
}

static void
on_opened (gpointer user_data)
{
  PlAtFinder *self = user_data;
  const PlAtCommand command = { .line = "AT" };

  pl_at_queue_open (self->queue);
  pl_at_queue_add (self->queue, &command, on_answer, self);
}

static void
on_missing (int code, gpointer user_data)
{
  PlAtFinder *self = user_data;

  if (code == EBUSY)
    refuse_device (self, "is in use by another program: stop it (systemctl stop ModemManager), "
                         "or leave the modem to it with --modem mm");
  else if (code == EACCES)
    refuse_device (self, "may not be opened: the user of the box must be in the group dialout");
  else
    refuse (self, g_strerror (code));
}

static void
on_data (const uint8_t *data, size_t len, gpointer user_data)
{
  PlAtFinder *self = user_data;
  pl_at_queue_feed (self->queue, data, len);
}

static void
on_lost (const char *reason, gpointer user_data)
{
  refuse (user_data, reason);
}

static void
on_write (const char *data, size_t len, gpointer user_data)
{
  PlAtFinder *self = user_data;
  pl_at_port_write (self->port, data, len);
}

static void
on_urc (const PlAtLine *line G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
  /* a modem that starts says much */
}

static void
on_silent (gpointer user_data G_GNUC_UNUSED)
{
  /* on_answer() was told */
}

static void
ask (PlAtFinder *self)
{
  static const PlAtPortOps port_ops = { on_opened, on_missing, on_data, on_lost };
  static const PlAtQueueOps queue_ops = { on_write, on_urc, on_silent };

  self->port = pl_at_port_new (asked (self)->path, &port_ops, self);
  self->queue = pl_at_queue_new (self->answer_ms, &queue_ops, self);
  pl_at_port_start (self->port);
}

/* --- all of them --- */

/* The port of the device that is most likely the one comes first. */
static int
compare (gconstpointer a, gconstpointer b)
{
  const PlUsbPort *one = *(PlUsbPort *const *) a, *two = *(PlUsbPort *const *) b;
  int order = strcmp (one->device, two->device);

  if (order)
    return order;
  return takes_commands (two) - takes_commands (one);
}

static GPtrArray *
list_ports (PlAtFinder *self)
{
  GPtrArray *ports = pl_usb_ports_list (self->root);

  for (guint i = ports->len; i > 0; i--)
    if (maker_of (g_ptr_array_index (ports, i - 1)) == NULL)
      g_ptr_array_remove_index (ports, i - 1);
  g_ptr_array_sort (ports, compare);
  return ports;
}

static const char *
find_pcm (PlAtFinder *self, const PlUsbPort *port)
{
  for (guint i = 0; i < self->ports->len; i++) {
    const PlUsbPort *other = g_ptr_array_index (self->ports, i);
    if (g_str_equal (other->device, port->device) && other != port && has_voice (other))
      return other->path;
  }
  return NULL;
}

static char *
describe_several (PlAtFinder *self)
{
  GString *text = g_string_new ("there are several modems, choose one: ");

  for (guint i = 0; i < self->found->len; i++) {
    const PlUsbPort *port = g_ptr_array_index (self->found, i);
    g_string_append_printf (text, "%s%s with --modem at:%s", i ? ", " : "", port->name,
                            port->path);
  }
  return g_string_free (text, /* free_segment = */ FALSE);
}

static char *
describe_none (PlAtFinder *self)
{
  if (self->refusals->len > 0)
    return g_strdup_printf ("no modem answers: %s", self->refusals->str);
  return g_strdup ("no modem is found: plug one by Quectel, SIMCom or Huawei into USB, or name "
                   "the port of another with --modem at:DEVICE");
}

static void
tell_problem (PlAtFinder *self, char *problem)
{
  gboolean news = g_strcmp0 (problem, self->problem) != 0;

  g_free (self->problem);
  self->problem = problem;
  g_clear_pointer (&self->ports, g_ptr_array_unref);
  look_next (self, LOOK_US);
  if (news)
    self->ops->missing (self->problem, self->user_data);
}

static void
conclude (PlAtFinder *self)
{
  if (self->found->len != 1) {
    tell_problem (self, self->found->len ? describe_several (self) : describe_none (self));
    return;
  }
  const PlUsbPort *port = g_ptr_array_index (self->found, 0);
  const PlAtFound modem
      = { .name = port->name, .device = port->path, .pcm = find_pcm (self, port) };
  self->ops->found (&modem, self->user_data);
}

static gboolean
is_done (PlAtFinder *self, const PlUsbPort *port)
{
  for (guint i = 0; i < self->done->len; i++) {
    const PlUsbPort *other = g_ptr_array_index (self->done, i);
    if (g_str_equal (other->device, port->device))
      return TRUE;
  }
  return FALSE;
}

static void
on_next (gpointer user_data)
{
  PlAtFinder *self = user_data;

  close_port (self);
  if (self->ports == NULL) {
    g_ptr_array_set_size (self->found, 0);
    g_ptr_array_set_size (self->done, 0);
    self->refused = NULL;
    g_string_truncate (self->refusals, 0);
    self->ports = list_ports (self);
    self->at = 0;
  } else {
    self->at++;
  }
  while (self->at < self->ports->len && is_done (self, asked (self)))
    self->at++;
  if (self->at < self->ports->len)
    ask (self);
  else
    conclude (self);
}

PlAtFinder *
pl_at_finder_new (const char *root, guint answer_ms, const PlAtFinderOps *ops,
                  gpointer user_data)
{
  PlAtFinder *self = g_new0 (PlAtFinder, 1);

  self->root = g_strdup (root);
  self->answer_ms = answer_ms;
  self->ops = ops;
  self->user_data = user_data;
  self->next = pl_deadline_new ("at-finder", on_next, self);
  self->found = g_ptr_array_new ();
  self->done = g_ptr_array_new ();
  self->refusals = g_string_new (NULL);
  look_next (self, 0);
  return self;
}

void
pl_at_finder_free (PlAtFinder *self)
{
  if (self == NULL)
    return;
  close_port (self);
  pl_deadline_free (self->next);
  g_ptr_array_unref (self->found);
  g_ptr_array_unref (self->done);
  g_clear_pointer (&self->ports, g_ptr_array_unref);
  g_string_free (self->refusals, /* free_segment = */ TRUE);
  g_free (self->problem);
  g_free (self->root);
  g_free (self);
}
