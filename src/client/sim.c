/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-sim"

#include "base/error.h"
#include "client/box-link.h"
#include "client/commands.h"
#include "proto/secret.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* punchline sim: what is asked of the SIM card and of its network, one request each. */

#define MAX_PIN 64

typedef struct {
  PlBoxLink *link;
  const char *method;
  const char *key, *value; /* its parameter; NULL: none */
  const char *shown;       /* the member of the answer that is printed; NULL: none */
} Sim;

static void
on_answer (GVariant *result, const GError *error, gpointer user_data)
{
  Sim *self = user_data;
  const char *text;

  if (error == NULL && self->shown && g_variant_lookup (result, self->shown, "&s", &text))
    pl_box_link_print (self->link, result, *text ? text : "none");
  pl_box_link_finish (self->link, error);
}

static void
on_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Sim *self = user_data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  self->link = link;
  if (self->key)
    g_variant_dict_insert (&dict, self->key, "s", self->value);
  pl_rpc_call (pl_box_link_get_control (link), self->method, g_variant_dict_end (&dict),
               on_answer, self);
}

/* Not an argument: those can be seen by everybody on the machine. */
static PlSecret *
read_pin (void)
{
  char buffer[MAX_PIN];
  struct termios before, quiet;
  gboolean hidden = isatty (STDIN_FILENO) && tcgetattr (STDIN_FILENO, &before) == 0;

  if (hidden) {
    fputs ("PIN of the SIM card: ", stderr);
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t) ECHO;
    tcsetattr (STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  char *text = fgets (buffer, sizeof buffer, stdin) ? g_strdup (buffer) : g_strdup ("");
  explicit_bzero (buffer, sizeof buffer);
  if (hidden) {
    tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
    fputc ('\n', stderr);
  }
  return g_strstrip (text);
}

/* Its words as a request; FALSE: there is none that is meant by them. */
static gboolean
understand (Sim *self, char **words)
{
  const char *what = words[0], *more = words[1];

  if (g_str_equal (what, "pin") && more == NULL)
    *self = (Sim){ .method = "pin.enter", .key = "pin" };
  else if (g_str_equal (what, "ussd") && more)
    *self = (Sim){ .method = "ussd.send", .key = "code", .value = more, .shown = "text" };
  else if (g_str_equal (what, "forwarding") && more == NULL)
    *self = (Sim){ .method = "forwarding.get", .shown = "number" };
  else if (g_str_equal (what, "forwarding") && g_strcmp0 (more, "off") == 0)
    *self = (Sim){ .method = "forwarding.erase" };
  else
    return FALSE;
  return TRUE;
}

int
pl_command_sim (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps ops = { .ready = on_ready };
  g_autoptr (PlSecret) pin = NULL;
  Sim self;

  if (!understand (&self, options->words)) {
    g_autoptr (GError) error
        = g_error_new_literal (PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                               "expected pin, ussd CODE, forwarding, or forwarding off");
    pl_reporter_report_error (reporter, error);
    return PL_EXIT_USAGE;
  }
  if (self.key && self.value == NULL) {
    pin = read_pin ();
    self.value = pin;
  }
  return pl_box_link_run (options, reporter, &ops, &self);
}
