/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * The file authorized_clients of a box: who may do what with it (PROTOCOL.md, "Identities").
 *
 * One line for each client: NAME RIGHTS ed25519:KEY x25519:KEY. Rights are call, sms, voicemail
 * with commas between, or read-only. Empty lines and lines that begin with # do not count.
 */
typedef enum {
  PL_RIGHT_READ = 0, /* everybody in the file */
  PL_RIGHT_CALL = 1 << 0,
  PL_RIGHT_SMS = 1 << 1,
  PL_RIGHT_VOICEMAIL = 1 << 2,
  PL_RIGHT_ALL = PL_RIGHT_CALL | PL_RIGHT_SMS | PL_RIGHT_VOICEMAIL,
} PlRights;

typedef struct {
  char *name; /* as pl_authorized_make_name() makes them */
  PlRights rights;
  char *identity; /* as pl_identity_get_public() */
} PlAuthorized;

void pl_authorized_free (PlAuthorized *self);

/** A line that is none. */
typedef struct {
  char *text;
  GError *error; /* PL_CONFIG_ERROR_INVALID, with its number */
} PlAuthorizedFlaw;

/** The lines of @text as a GPtrArray of PlAuthorized; those with a mistake as PlAuthorizedFlaw
 * into @flaws, which frees them then. The second line with a name or an identity is a mistake,
 * and one after PL_MAX_CLIENTS too. */
GPtrArray *pl_authorized_parse (const char *text, GPtrArray *flaws);

/** One line with its end; free with g_free(). */
char *pl_authorized_print (const PlAuthorized *self);

/** "call,sms", "read-only"; free with g_free(). */
char *pl_rights_print (PlRights rights);
gboolean pl_rights_parse (const char *text, PlRights *rights, GError **error);

/** A name as it may stand in the file: @text with blanks and controls replaced by "-", cut to
 * PL_MAX_MEMBER_NAME bytes; "client" for nothing. Free with g_free(). */
char *pl_authorized_make_name (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAuthorized, pl_authorized_free)
