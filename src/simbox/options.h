/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/authorized.h"
#include "proto/dial-rules.h"

#include <gio/gio.h>

/** PlBoxdOptions: what the command line and the configuration file of punchline-boxd say. */
typedef struct {
  char *signaling;
  char *state_dir;
  char *name;
  char *modem; /* "at:DEVICE", "mm", "mm:PATH", "auto" */
  char *vendor;
  char *pcm; /* a device, "alsa:NAME", "auto" or "none" */
  char *pin_file;
  int ring_seconds;
  gboolean no_voicemail;
  char *greeting, *greeting_language;
  GStrv ice_server;
  gboolean relay_only, direct_only;
  char *tls_ca;
  GStrv local_address;
  char *country;
  gboolean international, emergency;
  GStrv allow, deny;
  int max_calls, max_texts; /* a day; 0: no limit */
  int max_store;            /* MiB; 0: no limit */
  char *rights;             /* of `pair` */
  char *config;
  char *log;
  gboolean log_private;
  gboolean check_config, version;

  gboolean pair; /* the command of that name */
  PlRights pair_rights;
  GPtrArray *ice; /* of PlIceServer */
  PlDialRules rules;
} PlBoxdOptions;

/** Reads *@argv; --help prints and exits. PL_CONFIG_ERROR. */
PlBoxdOptions *pl_boxd_options_parse (GStrv *argv, GError **error);
void pl_boxd_options_free (PlBoxdOptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlBoxdOptions, pl_boxd_options_free)
