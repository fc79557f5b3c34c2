/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "simbox/client.h"
#include "simbox/clients.h"
#include "tests/lib/pl-test.h"

#include <glib/gstdio.h>

/* The list of clients and its file. The clients are fakes, found first by the linker: each has
 * one program, whose session is the fake itself. So is what tells browsers. */

struct _PlClient {
  PlAuthorized *who;
  const PlBoxSessionOps *ops;
  gpointer user_data;
};

typedef struct {
  char *folder, *path;
  PlAuthorized lines[3];
  PlBox box;
  PlClients *clients;
  guint n_browsers; /* when the pusher was to look */
} Fixture;

static GPtrArray *here; /* of PlClient */

PlClient *
pl_client_new (const PlClientsConfig *config G_GNUC_UNUSED, PlAuthorized *who,
               const PlBoxSessionOps *ops, gpointer user_data, GError **error G_GNUC_UNUSED)
{
  PlClient *self = g_new0 (PlClient, 1);

  *self = (PlClient){ .who = who, .ops = ops, .user_data = user_data };
  g_ptr_array_add (here, self);
  return self;
}

void
pl_client_free (PlClient *self)
{
  g_ptr_array_remove (here, self);
  pl_authorized_free (self->who);
  g_free (self);
}

gboolean
pl_client_is (const PlClient *self, const PlAuthorized *who)
{
  return g_str_equal (self->who->name, who->name) && self->who->rights == who->rights
         && g_str_equal (self->who->identity, who->identity);
}

const PlAuthorized *
pl_client_get_line (const PlClient *self)
{
  return self->who;
}

gboolean
pl_client_is_connected (const PlClient *self G_GNUC_UNUSED)
{
  return TRUE;
}

int64_t
pl_client_get_last_seen (const PlClient *self G_GNUC_UNUSED)
{
  return 0;
}

void
pl_client_forget (PlClient *self G_GNUC_UNUSED)
{
}

const char *
pl_client_get_identity (const PlClient *self)
{
  return self->who->identity;
}

void
pl_client_foreach_session (PlClient *self G_GNUC_UNUSED, GFunc func G_GNUC_UNUSED,
                           gpointer user_data G_GNUC_UNUSED)
{
}

gboolean
pl_client_has (const PlClient *self, const PlBoxSession *session)
{
  return (gconstpointer) self == session;
}

void
pl_client_replace (PlClient *self G_GNUC_UNUSED, PlBoxSession *session G_GNUC_UNUSED)
{
}

void
pl_pusher_look (PlPusher *self)
{
  Fixture *f = (gpointer) self;
  g_autoptr (GPtrArray) browsers = pl_store_list_push (f->box.store, /* error = */ NULL);

  f->n_browsers = browsers->len;
}

/* --- the file --- */

static void
write_lines (Fixture *f, guint from, guint to)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = from; i < to; i++) {
    g_autofree char *line = pl_authorized_print (&f->lines[i]);
    g_string_append (text, line);
  }
  g_file_set_contents (f->path, text->str, -1, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const names[] = { "laptop", "phone", "watch" };

  here = g_ptr_array_new ();
  f->folder = g_dir_make_tmp ("pl-clients-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "authorized_clients", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (PlIdentity) identity = pl_identity_new ();
    f->lines[i] = (PlAuthorized){ g_strdup (names[i]), PL_RIGHT_ALL,
                                  g_strdup (pl_identity_get_public (identity)) };
  }
  write_lines (f, 0, 2);
  g_autofree char *store = g_build_filename (f->folder, "box.sqlite", NULL);
  f->box.store = pl_store_open (store);
  f->box.pusher = (gpointer) f;
  const PlClientsConfig config = { .box = &f->box, .path = f->path };
  f->clients = pl_clients_new (&config);
  g_assert_cmpuint (here->len, ==, 2);
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GDir) dir = g_dir_open (f->folder, /* flags = */ 0, NULL);

  pl_clients_free (f->clients);
  g_assert_cmpuint (here->len, ==, 0);
  g_ptr_array_unref (here);
  pl_store_close (f->box.store);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *path = g_build_filename (f->folder, name, NULL);
    g_unlink (path);
  }
  g_rmdir (f->folder);
  for (guint i = 0; i < G_N_ELEMENTS (f->lines); i++) {
    g_free (f->lines[i].name);
    g_free (f->lines[i].identity);
  }
  g_free (f->folder);
  g_free (f->path);
}

static PlClient *
find (const char *name)
{
  for (guint i = 0; i < here->len; i++) {
    PlClient *client = g_ptr_array_index (here, i);
    if (g_str_equal (client->who->name, name))
      return client;
  }
  return NULL;
}

/* Its session asks the list for it. */
static gboolean
remove_by (const char *who, const char *name)
{
  PlClient *client = find (who);
  g_assert (client != NULL);
  return client->ops->remove_client ((gpointer) client, name, client->user_data,
                                     /* error = */ NULL);
}

static gboolean
on_turn (gpointer user_data)
{
  guint *n = user_data;

  if (find ("laptop")) {
    g_assert_true (remove_by ("laptop", "laptop"));
    ++*n;
  }
  return G_SOURCE_CONTINUE;
}

/* --- cases --- */

/* It has time for its answer once, and what others do meanwhile holds at once. */
static void
test_leaves (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  guint n = 0;
  int64_t begin_us = g_get_monotonic_time ();

  g_assert_true (remove_by ("laptop", "laptop"));
  g_assert_nonnull (find ("laptop"));
  write_lines (f, 1, 3);
  guint source = g_timeout_add (20, on_turn, &n);
  while (find ("watch") == NULL)
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
  g_assert_nonnull (find ("phone"));
  g_assert_nonnull (find ("laptop"));
  while (find ("laptop"))
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
  g_source_remove (source);
  g_assert_cmpuint (n, >, 1);
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, 2 * G_USEC_PER_SEC);
  g_assert_nonnull (find ("phone"));
}

/* Its line is written again before it is out. */
static void
test_stays (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_true (remove_by ("laptop", "laptop"));
  write_lines (f, 0, 3);
  while (find ("watch") == NULL)
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
  g_assert_nonnull (find ("laptop"));
  g_assert_true (remove_by ("watch", "laptop"));
  g_assert_null (find ("laptop"));
}

static void
test_removes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  char *text = (char *) "x";
  const PlPushSubscription browser = { f->lines[1].identity, text, text, text, text };

  g_assert_true (pl_store_set_push (f->box.store, &browser, /* error = */ NULL));
  f->n_browsers = 1;
  g_assert_true (remove_by ("laptop", "phone"));
  g_assert_null (find ("phone"));
  g_assert_cmpuint (f->n_browsers, ==, 0);
  g_assert_false (remove_by ("laptop", "phone"));
  g_assert_nonnull (find ("laptop"));
}

int
main (int argc, char *argv[])
{
  pl_test_init (&argc, &argv);
  g_test_add ("/clients/removes", Fixture, NULL, set_up, test_removes, tear_down);
  g_test_add ("/clients/leaves", Fixture, NULL, set_up, test_leaves, tear_down);
  g_test_add ("/clients/stays", Fixture, NULL, set_up, test_stays, tear_down);
  return g_test_run ();
}
