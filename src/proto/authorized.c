/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-authorized"

#include "proto/authorized.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/identity.h"

#include <string.h>

#define READ_ONLY "read-only"

static const struct {
  const char *name;
  PlRights right;
} right_names[] = { { "call", PL_RIGHT_CALL },
                    { "sms", PL_RIGHT_SMS },
                    { "voicemail", PL_RIGHT_VOICEMAIL } };

void
pl_authorized_free (PlAuthorized *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->identity);
  g_free (self);
}

char *
pl_rights_print (PlRights rights)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (right_names); i++)
    if (rights & right_names[i].right)
      g_string_append_printf (text, "%s%s", text->len ? "," : "", right_names[i].name);
  if (text->len == 0)
    g_string_assign (text, READ_ONLY);
  return g_string_free (text, /* free_segment = */ FALSE);
}

static gboolean
add_right (PlRights *rights, const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (right_names); i++) {
    if (g_str_equal (name, right_names[i].name)) {
      *rights |= right_names[i].right;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
pl_rights_parse (const char *text, PlRights *rights, GError **error)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);
  PlRights all = PL_RIGHT_READ;

  if (!g_str_equal (text, READ_ONLY)) {
    for (char **name = names; name[0] || name == names; name++) {
      if (name[0] == NULL || !add_right (&all, *name)) {
        g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                     "right '%s': expected call, sms, voicemail or read-only",
                     name[0] ? name[0] : "");
        return FALSE;
      }
    }
  }
  *rights = all;
  return TRUE;
}

/* It goes into messages and logs. */
static gboolean
check_name (const char *name, GError **error)
{
  g_autofree char *made
      = g_utf8_validate (name, -1, /* end = */ NULL) ? pl_authorized_make_name (name) : NULL;

  if (g_strcmp0 (made, name) == 0)
    return TRUE;
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
               "a name is at most %d bytes of UTF-8 that can be printed", PL_MAX_MEMBER_NAME);
  return FALSE;
}

static PlAuthorized *
parse_line (char *line, GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t", 3);
  g_autoptr (PlAuthorized) self = g_new0 (PlAuthorized, 1);

  if (g_strv_length (words) != 3 || !*words[0] || !pl_identity_is_public (words[2])) {
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "expected NAME RIGHTS ed25519:KEY x25519:KEY");
    return NULL;
  }
  if (!check_name (words[0], error) || !pl_rights_parse (words[1], &self->rights, error))
    return NULL;
  self->name = g_strdup (words[0]);
  self->identity = g_strdup (words[2]);
  return g_steal_pointer (&self);
}

static gboolean
add (GPtrArray *clients, PlAuthorized *take_client, GError **error)
{
  g_autoptr (PlAuthorized) client = take_client;

  for (guint i = 0; i < clients->len; i++) {
    const PlAuthorized *other = g_ptr_array_index (clients, i);
    if (g_str_equal (other->name, client->name)
        || g_str_equal (other->identity, client->identity)) {
      g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                   "'%s' has the name or the key of '%s'", client->name, other->name);
      return FALSE;
    }
  }
  if (clients->len == PL_MAX_CLIENTS) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, "more than %d clients",
                 PL_MAX_CLIENTS);
    return FALSE;
  }
  g_ptr_array_add (clients, g_steal_pointer (&client));
  return TRUE;
}

static void
flaw_free (gpointer data)
{
  PlAuthorizedFlaw *flaw = data;

  g_free (flaw->text);
  g_clear_error (&flaw->error);
  g_free (flaw);
}

static void
add_flaw (GPtrArray *flaws, guint number, const char *line, GError *error)
{
  PlAuthorizedFlaw *flaw = g_new0 (PlAuthorizedFlaw, 1);

  flaw->text = g_strdup (line);
  flaw->error = error;
  g_prefix_error (&flaw->error, "line %u: ", number);
  g_ptr_array_add (flaws, flaw);
}

GPtrArray *
pl_authorized_parse (const char *text, GPtrArray *flaws)
{
  GPtrArray *clients = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_authorized_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  g_ptr_array_set_free_func (flaws, flaw_free);
  for (guint i = 0; lines[i]; i++) {
    char *line = g_strstrip (lines[i]);
    GError *error = NULL;
    if (*line == '\0' || *line == '#')
      continue;
    PlAuthorized *client = parse_line (line, &error);
    if (client == NULL || !add (clients, client, &error))
      add_flaw (flaws, i + 1, line, error);
  }
  return clients;
}

char *
pl_authorized_print (const PlAuthorized *self)
{
  g_autofree char *rights = pl_rights_print (self->rights);
  return g_strdup_printf ("%s %s %s\n", self->name, rights, self->identity);
}

char *
pl_authorized_make_name (const char *text)
{
  GString *name = g_string_new (NULL);

  for (const char *c = text; *c; c = g_utf8_next_char (c)) {
    gunichar character = g_utf8_get_char (c);
    gsize before = name->len;
    if (g_unichar_isgraph (character) && !(before == 0 && character == '#'))
      g_string_append_unichar (name, character);
    else
      g_string_append_c (name, '-');
    if (name->len > PL_MAX_MEMBER_NAME) {
      g_string_truncate (name, before);
      break;
    }
  }
  if (name->len == 0)
    g_string_assign (name, "client");
  return g_string_free (name, /* free_segment = */ FALSE);
}
