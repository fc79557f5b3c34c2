/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** The commands that an option belongs to. */
typedef enum {
  PL_COMMAND_CODE = 1 << 0,
  PL_COMMAND_PIPE = 1 << 1,
  PL_COMMAND_PORTS = 1 << 2,
  PL_COMMAND_PAIR = 1 << 3,
  PL_COMMAND_BOXES = 1 << 4,
  PL_COMMAND_PHONE = 1 << 5,     /* all that ask a box, */
  PL_COMMAND_CALL = 1 << 6,      /* and those that talk, */
  PL_COMMAND_VOICEMAIL = 1 << 7, /* or listen */
  PL_COMMAND_SMS = 1 << 8,
  PL_COMMAND_CONTACTS = 1 << 9,
} PlCommandMask;

/** PlOptions: what the command line, the configuration file and the environment say. */
typedef struct {
  /* all commands */
  char *signaling;
  GStrv ice_server;
  gboolean relay_only;
  gboolean direct_only;
  char *tls_ca;
  GStrv local_address;
  char *name;
  char *config;
  char *log;
  gboolean log_private;
  gboolean quiet;
  gboolean json;
  int events; /* -1: none */
  char *code_file;
  /* ports */
  int write_port;
  int read_port;
  gboolean slide_stream_ports;
  char *accept_files;
  gboolean no_file_requests;
  /* the box */
  char *box;
  gboolean hide_number;
  char *play, *record, *dtmf, *from;
  gboolean wait;
  gboolean replace;
  GStrv words;    /* what follows the command's name, NULL-terminated */
  GBytes *paired; /* in the place of a code: set by PlBoxLink, not by the command line */
  gboolean audio; /* the same */

  char *code; /* from the command line, the file or the environment; NULL: none */
} PlOptions;

typedef struct {
  PlCommandMask mask;
  const char *name;      /* "pipe" */
  const char *arguments; /* "[CODE]", as the usage line shows it */
  const char *summary;
  const char *description;    /* examples and notes, below the options */
  guint min_words, max_words; /* of commands that take no code */
} PlUsage;

/** Reads @argv, which is the program's own: the code and passwords in it are overwritten, so
 * that `ps` does not show them. --help prints and exits. */
PlOptions *pl_options_parse (const PlUsage *usage, int argc, char **argv, GError **error);
void pl_options_free (PlOptions *self);

/** FALSE where no signaling server was given. */
gboolean pl_options_check_signaling (const PlOptions *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlOptions, pl_options_free)
