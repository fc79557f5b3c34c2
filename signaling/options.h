/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/** PlOptions: what the command line and the configuration file say. */
typedef struct {
  char *config;
  GStrv listen;
  char *tls_cert;
  char *tls_key;
  GStrv trusted_proxy;
  GStrv allow_origin;
  GStrv ice_uri;
  char *turn_secret_file;
  gboolean no_web;
  char *push_key; /* NULL: no push */
  char *push_subject;
  GStrv push_host;
  GStrv push_network;
  char *push_ca;
  char *make_push_key;
  char *log;
  int ready_fd; /* -1: none */
  gboolean check_config;
  gboolean version;

  GPtrArray *trusted; /* GInetAddressMask of trusted_proxy */
} PlOptions;

/** Parses *@argv, which is replaced by what is left over. --help prints and exits. */
PlOptions *pl_options_parse (GStrv *argv, GError **error);
void pl_options_free (PlOptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlOptions, pl_options_free)
