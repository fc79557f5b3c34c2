/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/** The commands that an option belongs to. */
typedef enum {
  PL_COMMAND_CODE = 1 << 0,
  PL_COMMAND_PIPE = 1 << 1,
  PL_COMMAND_PORTS = 1 << 2,
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

  char *code; /* from the command line, the file or the environment; NULL: none */
} PlOptions;

typedef struct {
  PlCommandMask mask;
  const char *name;      /* "pipe" */
  const char *arguments; /* "[CODE]", as the usage line shows it */
  const char *summary;
  const char *description; /* examples and notes, below the options */
} PlUsage;

/** Reads @argv, which is the program's own: the code and passwords in it are overwritten, so
 * that `ps` does not show them. --help prints and exits. */
PlOptions *pl_options_parse (const PlUsage *usage, int argc, char **argv, GError **error);
void pl_options_free (PlOptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlOptions, pl_options_free)
