/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signaling/push-address.h"

#include "base/limits.h"

/* A GNetworkAddress, so that TLS takes its name for the one that the certificate must have. */
struct _PlPushAddress {
  GNetworkAddress parent;
  PlPushRules *rules;
};

/* One walk over the addresses. */
#define PL_TYPE_PUSH_WALK (pl_push_walk_get_type ())
G_DECLARE_FINAL_TYPE (PlPushWalk, pl_push_walk, PL, PUSH_WALK, GSocketAddressEnumerator)

struct _PlPushWalk {
  GSocketAddressEnumerator parent;
  PlPushAddress *address;
  gboolean looked_up;
  GList *left; /* of GInetAddress */
};

static void pl_push_address_connectable_init (GSocketConnectableIface *iface);

G_DEFINE_FINAL_TYPE (PlPushWalk, pl_push_walk, G_TYPE_SOCKET_ADDRESS_ENUMERATOR)
G_DEFINE_FINAL_TYPE_WITH_CODE (PlPushAddress, pl_push_address, G_TYPE_NETWORK_ADDRESS,
                               G_IMPLEMENT_INTERFACE (G_TYPE_SOCKET_CONNECTABLE,
                                                      pl_push_address_connectable_init))

static void
free_list (PlPushWalk *self)
{
  g_resolver_free_addresses (g_steal_pointer (&self->left));
}

static gboolean
judge (PlPushWalk *self, GError **error)
{
  guint n = 0;

  for (GList *link = self->left; link; link = link->next, n++) {
    if (n < PL_MAX_PUSH_ADDRESSES
        && pl_push_rules_allow_address (self->address->rules, link->data))
      continue;
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                         "an address of the push service is not allowed");
    free_list (self);
    return FALSE;
  }
  return TRUE;
}

/* The next one, or nothing at the end. */
static GSocketAddress *
take (PlPushWalk *self)
{
  if (self->left == NULL)
    return NULL;
  g_autoptr (GInetAddress) address = self->left->data;
  self->left = g_list_delete_link (self->left, self->left);
  return g_inet_socket_address_new (
      address, g_network_address_get_port (G_NETWORK_ADDRESS (self->address)));
}

static void
on_looked_up (GObject *resolver, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  PlPushWalk *self = g_task_get_source_object (task);
  GError *error = NULL;

  self->left = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, &error);
  self->looked_up = TRUE;
  if (error || !judge (self, &error))
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, take (self), g_object_unref);
}

static void
pl_push_walk_next_async (GSocketAddressEnumerator *enumerator, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  PlPushWalk *self = PL_PUSH_WALK (enumerator);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  if (self->looked_up) {
    g_task_return_pointer (task, take (self), g_object_unref);
    return;
  }
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_async (
      resolver, g_network_address_get_hostname (G_NETWORK_ADDRESS (self->address)), cancellable,
      on_looked_up, g_steal_pointer (&task));
}

static GSocketAddress *
pl_push_walk_next_finish (GSocketAddressEnumerator *enumerator G_GNUC_UNUSED,
                          GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
pl_push_walk_finalize (GObject *object)
{
  PlPushWalk *self = PL_PUSH_WALK (object);

  free_list (self);
  g_object_unref (self->address);
  G_OBJECT_CLASS (pl_push_walk_parent_class)->finalize (object);
}

static void
pl_push_walk_class_init (PlPushWalkClass *class)
{
  GSocketAddressEnumeratorClass *enumerator = G_SOCKET_ADDRESS_ENUMERATOR_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = pl_push_walk_finalize;
  enumerator->next_async = pl_push_walk_next_async;
  enumerator->next_finish = pl_push_walk_next_finish;
}

static void
pl_push_walk_init (PlPushWalk *self G_GNUC_UNUSED)
{
}

static GSocketAddressEnumerator *
enumerate (GSocketConnectable *connectable)
{
  PlPushWalk *walk = g_object_new (PL_TYPE_PUSH_WALK, NULL);
  walk->address = g_object_ref (PL_PUSH_ADDRESS (connectable));
  return G_SOCKET_ADDRESS_ENUMERATOR (walk);
}

/* GNetworkAddress would look for a proxy. */
static void
pl_push_address_connectable_init (GSocketConnectableIface *iface)
{
  iface->enumerate = enumerate;
  iface->proxy_enumerate = enumerate;
}

static void
pl_push_address_finalize (GObject *object)
{
  pl_push_rules_unref (PL_PUSH_ADDRESS (object)->rules);
  G_OBJECT_CLASS (pl_push_address_parent_class)->finalize (object);
}

static void
pl_push_address_class_init (PlPushAddressClass *class)
{
  G_OBJECT_CLASS (class)->finalize = pl_push_address_finalize;
}

static void
pl_push_address_init (PlPushAddress *self G_GNUC_UNUSED)
{
}

PlPushAddress *
pl_push_address_new (const char *host, guint16 port, PlPushRules *rules)
{
  PlPushAddress *self
      = g_object_new (PL_TYPE_PUSH_ADDRESS, "hostname", host, "port", port, NULL);
  self->rules = pl_push_rules_ref (rules);
  return self;
}
