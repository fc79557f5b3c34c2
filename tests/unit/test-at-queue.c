/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "simbox/at-port.h"
#include "simbox/at-profile.h"
#include "simbox/at-queue.h"
#include "tests/lib/pl-test.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The queue against a modem that is a table of what it says to what it hears, at the other end
 * of a socket pair. */

#define ANSWER_MS 60

typedef struct {
  const char *heard;
  const char *said; /* NULL: nothing */
} Turn;

typedef struct {
  PlAtQueue *queue;
  int ours, theirs;
  GSource *reader;
  const Turn *turns; /* the next; ended by { NULL } */
  GString *events;   /* everything that happened, in order */
  gboolean silent;
  guint n_done;
} Fixture;

static void
on_write (const char *data, size_t len, gpointer user_data)
{
  Fixture *f = user_data;
  g_assert_cmpint (write (f->ours, data, len), ==, len);
}

static void
on_urc (const PlAtLine *line, gpointer user_data)
{
  Fixture *f = user_data;
  g_string_append_printf (f->events, "urc %s%s%s; ", line->text, line->body ? " " : "",
                          line->body ? line->body : "");
}

static void
on_silent (gpointer user_data)
{
  Fixture *f = user_data;
  f->silent = TRUE;
  g_string_append (f->events, "silent; ");
}

static const PlAtQueueOps ops = { on_write, on_urc, on_silent };

/* The modem's side: each turn is heard whole. */
static void
hear (Fixture *f)
{
  char heard[512];

  ssize_t n = recv (f->theirs, heard, sizeof heard - 1, MSG_DONTWAIT);
  if (n <= 0)
    return;
  heard[n] = '\0';
  g_assert_nonnull (f->turns->heard);
  g_assert_cmpstr (heard, ==, f->turns->heard);
  const char *said = f->turns->said;
  f->turns++;
  if (said)
    pl_at_queue_feed (f->queue, (const uint8_t *) said, strlen (said));
}

static gboolean
on_heard (int fd G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED, gpointer user_data)
{
  hear (user_data);
  return G_SOURCE_CONTINUE;
}

static Fixture *
fixture_new (const Turn *turns)
{
  Fixture *f = g_new0 (Fixture, 1);
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, ends), ==, 0);
  f->ours = ends[0];
  f->theirs = ends[1];
  f->turns = turns;
  f->events = g_string_new (NULL);
  f->queue = pl_at_queue_new (ANSWER_MS, &ops, f);
  f->reader = g_unix_fd_source_new (f->theirs, G_IO_IN);
  g_source_set_callback (f->reader, G_SOURCE_FUNC (on_heard), f, NULL);
  g_source_attach (f->reader, NULL);
  pl_at_queue_open (f->queue);
  return f;
}

static void
fixture_free (Fixture *f)
{
  g_assert_null (f->turns->heard);
  pl_at_queue_free (f->queue);
  g_source_destroy (f->reader);
  g_source_unref (f->reader);
  close (f->ours);
  close (f->theirs);
  g_string_free (f->events, TRUE);
  g_free (f);
}

static void
on_done (const PlAtAnswer *answer, gpointer user_data)
{
  Fixture *f = user_data;

  f->n_done++;
  g_string_append (f->events, answer->error ? "no" : "yes");
  if (answer->error)
    g_string_append_printf (f->events, " %d/%d", answer->error->code, answer->code);
  for (guint i = 0; i < answer->n_lines; i++)
    g_string_append_printf (f->events, " '%s'", answer->lines[i]->text);
  g_string_append (f->events, "; ");
}

static void
add (Fixture *f, const char *line, PlAtFlags flags)
{
  const PlAtCommand command = { .line = line, .flags = flags };
  pl_at_queue_add (f->queue, &command, on_done, f);
}

static void
run (Fixture *f, guint n_done)
{
  while (f->n_done < n_done)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_order (void)
{
  /* Urgent ones go before those that wait, but not before one that is being answered. */
  static const Turn turns[] = { { "AT+ONE\r", "\r\nOK\r\n" },
                                { "AT+URGENT1\r", "\r\nOK\r\n" },
                                { "AT+URGENT2\r", "\r\n+CME ERROR: 11\r\n" },
                                { "AT+TWO?\r", "\r\n+TWO: 2\r\n\r\nOK\r\n" },
                                { "AT+THREE\r", "\r\nERROR\r\n" },
                                { NULL, NULL } };
  Fixture *f = fixture_new (turns);

  add (f, "AT+ONE", 0);
  add (f, "AT+TWO?", PL_AT_ASKS);
  add (f, "AT+THREE", 0);
  add (f, "AT+URGENT1", PL_AT_URGENT);
  add (f, "AT+URGENT2", PL_AT_URGENT);
  run (f, 5);
  g_assert_cmpstr (f->events->str, ==, "yes; yes; no 0/11; yes '+TWO: 2'; no 0/-1; ");
  fixture_free (f);
}

static void
test_urcs (void)
{
  /* Between, inside, and as the only thing that looks like an answer. */
  static const Turn turns[]
      = { { "AT+CSQ\r", "\r\nRING\r\n\r\n+CSQ: 17,99\r\n\r\nNO CARRIER\r\n\r\nOK\r\n"
                        "\r\n+CDS: 25\r\n0011\r\n" },
          { "AT+CREG=2\r", "AT+CREG=2\r\r\n\r\n+CREG: 1\r\n\r\r\nOK\r\r\n" },
          { NULL, NULL } };
  Fixture *f = fixture_new (turns);

  add (f, "AT+CSQ", PL_AT_ASKS);
  add (f, "AT+CREG=2", 0);
  run (f, 2);
  g_assert_cmpstr (f->events->str, ==,
                   "urc RING; urc NO CARRIER; yes '+CSQ: 17,99'; urc +CDS: 25 0011; "
                   "urc +CREG: 1; yes; ");
  fixture_free (f);
}

static void
test_prompt (void)
{
  static const Turn turns[] = { { "AT+CMGS=2\r", "\r\n> " },
                                { "001122\x1a", "001122\r\n+CMGS: 5\r\n\r\nOK\r\n" },
                                { "AT+CMGS=3\r", "\r\n+CMS ERROR: 331\r\n" },
                                { NULL, NULL } };
  Fixture *f = fixture_new (turns);
  PlAtCommand command = { .line = "AT+CMGS=2", .body = "001122", .flags = PL_AT_ASKS };

  pl_at_queue_add (f->queue, &command, on_done, f);
  command.line = "AT+CMGS=3";
  pl_at_queue_add (f->queue, &command, on_done, f);
  run (f, 2);
  g_assert_cmpstr (f->events->str, ==, "yes '+CMGS: 5'; no 0/331; ");
  fixture_free (f);
}

static void
test_no_prompt (void)
{
  /* A message must never be typed in where no prompt is, and the prompt is left. */
  static const Turn turns[] = { { "AT+CMGS=2\r", NULL },
                                { "\x1b", NULL },
                                { "AT+CMEE?\r", "\r\n> \r\nOK\r\n" },
                                { "AT+CSQ\r", "\r\n+CSQ: 1,99\r\n\r\nOK\r\n" },
                                { NULL, NULL } };
  Fixture *f = fixture_new (turns);
  const PlAtCommand command = { .line = "AT+CMGS=2", .body = "001122" };

  pl_at_queue_add (f->queue, &command, on_done, f);
  add (f, "AT+CSQ", PL_AT_ASKS);
  run (f, 2);
  g_assert_cmpstr (f->events->str, ==, "no 2/-1; yes '+CSQ: 1,99'; ");
  fixture_free (f);
}

static void
test_late (void)
{
  /* The answer to the first comes while the question is out: it is nobody's. */
  static const Turn turns[] = { { "AT+SLOW?\r", NULL },
                                { "AT+CMEE?\r", "\r\n+SLOW: 1\r\n\r\nOK\r\n\r\nERROR\r\n" },
                                { "AT+NEXT?\r", "\r\n+NEXT: 2\r\n\r\nOK\r\n" },
                                { NULL, NULL } };
  Fixture *f = fixture_new (turns);

  add (f, "AT+SLOW?", PL_AT_ASKS);
  add (f, "AT+NEXT?", PL_AT_ASKS);
  run (f, 2);
  g_assert_cmpstr (f->events->str, ==, "no 2/-1; yes '+NEXT: 2'; ");
  fixture_free (f);
}

/* The modem answers both very late: as long as the question's own is not there nothing is sent.
 */
static void
test_very_late (void)
{
  static const Turn turns[] = { { "AT+SLOW?\r", NULL },
                                { "AT+CMEE?\r", "\r\n+CMEE: 1\r\n" },
                                { "AT+NEXT?\r", "\r\n+NEXT: 2\r\n\r\nOK\r\n" },
                                { NULL, NULL } };
  Fixture *f = fixture_new (turns);

  add (f, "AT+SLOW?", PL_AT_ASKS);
  add (f, "AT+NEXT?", PL_AT_ASKS);
  run (f, 1);
  while (f->turns != turns + 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (f->n_done, ==, 1);
  pl_at_queue_feed (f->queue, (const uint8_t *) "\r\nOK\r\n", 6);
  run (f, 2);
  g_assert_cmpstr (f->events->str, ==, "no 2/-1; yes '+NEXT: 2'; ");
  fixture_free (f);
}

/* An OK too many must not send a message to the prompt of another command. */
static void
test_stray_ok (void)
{
  static const Turn turns[] = { { "AT+CMGW=2\r", "\r\nOK\r\n\r\n> " },
                                { "001122\x1a", "\r\n+CMGW: 7\r\n\r\nOK\r\n" },
                                { NULL, NULL } };
  Fixture *f = fixture_new (turns);
  const PlAtCommand command = { .line = "AT+CMGW=2", .body = "001122", .flags = PL_AT_ASKS };

  pl_at_queue_add (f->queue, &command, on_done, f);
  run (f, 1);
  g_assert_cmpstr (f->events->str, ==, "yes '+CMGW: 7'; ");
  fixture_free (f);
}

/* In a hurry a plain command and the question have one plain time-out together; what asks the
 * network keeps its own, and one that is under way is cut short. */
static void
test_hurry (void)
{
  static const Turn turns[]
      = { { "AT+COPS?\r", NULL }, { "AT+CMEE?\r", NULL }, { NULL, NULL } };
  Fixture *f = fixture_new (turns);
  const PlAtCommand local = { .line = "AT+COPS?", .timeout_ms = 600000, .flags = PL_AT_LOCAL };

  pl_at_queue_add (f->queue, &local, on_done, f);
  hear (f);
  pl_at_queue_set_hurry (f->queue, TRUE);
  while (!f->silent)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (f->events->str, ==, "no 2/-1; silent; ");
  fixture_free (f);
}

static void
test_no_hurry_for_the_network (void)
{
  static const Turn turns[] = { { "ATD1;\r", NULL }, { NULL, NULL } };
  Fixture *f = fixture_new (turns);
  const PlAtCommand slow = { .line = "ATD1;", .timeout_ms = 600000 };
  int64_t until = g_get_monotonic_time () + 4 * ANSWER_MS * G_TIME_SPAN_MILLISECOND;

  pl_at_queue_set_hurry (f->queue, TRUE);
  pl_at_queue_add (f->queue, &slow, on_done, f);
  hear (f);
  while (g_get_monotonic_time () < until)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpstr (f->events->str, ==, "");
  pl_at_queue_feed (f->queue, (const uint8_t *) "\r\nOK\r\n", 6);
  g_assert_cmpstr (f->events->str, ==, "yes; ");
  fixture_free (f);
}

/* Before the urgent ones that wait. */
static void
test_first (void)
{
  static const Turn turns[] = { { "AT+ON\r", "\r\nERROR\r\n" },
                                { "AT+REPAIR\r", "\r\nOK\r\n" },
                                { "ATD1;\r", "\r\nOK\r\n" },
                                { NULL, NULL } };
  Fixture *f = fixture_new (turns);

  add (f, "AT+ON", PL_AT_URGENT);
  add (f, "ATD1;", PL_AT_URGENT);
  add (f, "AT+REPAIR", PL_AT_FIRST);
  run (f, 3);
  g_assert_cmpstr (f->events->str, ==, "no 0/-1; yes; yes; ");
  fixture_free (f);
}

static void
test_lax (void)
{
  static const Turn turns[] = { { "AT+CPIN?\r", "\r\n+CPIN: READY\r\n" },
                                { "AT+RESET\r", NULL },
                                { "AT\r", "\r\nOK\r\n" },
                                { NULL, NULL } };
  Fixture *f = fixture_new (turns);
  PlAtCommand command
      = { .line = "AT+CPIN?", .timeout_ms = 60000, .flags = PL_AT_ASKS | PL_AT_LAX };

  pl_at_queue_add (f->queue, &command, on_done, f);
  add (f, "AT+RESET", PL_AT_BLIND);
  add (f, "AT", 0);
  run (f, 3);
  g_assert_cmpstr (f->events->str, ==, "yes '+CPIN: READY'; yes; yes; ");
  fixture_free (f);
}

static void
test_silent (void)
{
  static const Turn turns[] = {
    { "AT+ONE\r", NULL }, { "AT+CMEE?\r", NULL }, { "AT+THREE\r", "\r\nOK\r\n" }, { NULL, NULL }
  };
  Fixture *f = fixture_new (turns);

  add (f, "AT+ONE", 0);
  add (f, "AT+TWO", 0);
  while (!f->silent)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (f->events->str, ==, "no 2/-1; silent; ");
  g_string_truncate (f->events, 0);
  pl_at_queue_close (f->queue, "test");
  add (f, "AT+LATE", 0);
  g_assert_cmpstr (f->events->str, ==, "no 1/-1; no 1/-1; ");
  g_string_truncate (f->events, 0);
  pl_at_queue_open (f->queue);
  add (f, "AT+THREE", 0);
  run (f, 4);
  g_assert_cmpstr (f->events->str, ==, "yes; ");
  fixture_free (f);
}

static void
test_refused (void)
{
  static const Turn turns[] = { { "AT+LONG\r", NULL }, { NULL, NULL } };
  Fixture *f = fixture_new (turns);
  const PlAtCommand bad = { .line = "AT+CMGS=1", .body = "00\x1a" };

  add (f, "AT+CPIN=\"1\r\nAT+CFUN=0\"", 0);
  add (f, "AT\x1a", 0);
  pl_at_queue_add (f->queue, &bad, on_done, f);
  g_assert_cmpstr (f->events->str, ==, "no 4/-1; no 4/-1; no 4/-1; ");
  g_string_truncate (f->events, 0);
  add (f, "AT+LONG", 0);
  for (guint i = 0; i < PL_MAX_AT_COMMANDS; i++)
    add (f, "AT+MORE", 0);
  g_assert_cmpuint (f->events->len, ==, 0);
  add (f, "AT+TOO_MANY", 0);
  g_assert_cmpstr (f->events->str, ==, "no 3/-1; ");
  hear (f);
  fixture_free (f);
}

static void
test_hide (void)
{
  static const struct {
    const char *line;
    const char *shown; /* with every hash as <> */
  } cases[] = {
    { "ATD+4930123456;", "ATD<>" },
    { "AT+CPIN=\"1234\"", "AT+CPIN=<>" },
    { "AT+CPMS=\"ME\",\"ME\"", "AT+CPMS=\"ME\",\"ME\"" },
    { "+CMTI: \"SM\",3", "+CMTI: \"SM\",3" },
    { "+CLIP: \"+4930123\",145,\"\",,\"Anna\"", "+CLIP: <>,145,<>,,<>" },
    { "^DSCI: 1,1,4,0,004930123456,129", "^DSCI: 1,1,4,0,<>,129" },
    { "0011000B919471214365F7", "<>" },
    { "+CSQ: 17,99", "+CSQ: 17,99" },
    { "\"open", "<>" },
  };
  g_autoptr (GRegex) hash = g_regex_new ("<[0-9a-f]{8}>", 0, 0, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *shown = pl_at_hide (cases[i].line);
    g_autofree char *plain = g_regex_replace_literal (hash, shown, -1, 0, "<>", 0, NULL);
    g_assert_cmpstr (plain, ==, cases[i].shown);
  }
}

static void
test_profiles (void)
{
  static const struct {
    const char *manufacturer, *model, *name;
  } cases[] = {
    { "Quectel", "EC25", "quectel" },
    { "QUECTEL_Ltd", NULL, "quectel" },
    { "SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "simcom" },
    { "Manufacturer", "SIMCOM_SIM7600G-H", "simcom" },
    { "huawei", "E173", "huawei" },
    { "ZTE", "MF190", "generic" },
    { NULL, NULL, "generic" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (pl_at_profile_detect (cases[i].manufacturer, cases[i].model)->name, ==,
                     cases[i].name);
  g_assert_null (pl_at_profile_by_name ("nokia"));
}

/* The port on a socket that vanishes and comes back under its path. */

typedef struct {
  guint n_opened, n_missing, n_lost;
  GString *data;
} Port;

static void
on_port_opened (gpointer user_data)
{
  ((Port *) user_data)->n_opened++;
}

static void
on_port_missing (int error_number G_GNUC_UNUSED, gpointer user_data)
{
  ((Port *) user_data)->n_missing++;
}

static void
on_port_data (const uint8_t *data, size_t len, gpointer user_data)
{
  g_string_append_len (((Port *) user_data)->data, (const char *) data, (gssize) len);
}

static void
on_port_lost (const char *reason G_GNUC_UNUSED, gpointer user_data)
{
  ((Port *) user_data)->n_lost++;
}

static int
listen_at (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  return fd;
}

static void
test_port (void)
{
  static const PlAtPortOps port_ops
      = { on_port_opened, on_port_missing, on_port_data, on_port_lost };
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
  g_autofree char *path = g_build_filename (folder, "port", NULL);
  Port state = { .data = g_string_new (NULL) };
  g_autoptr (PlAtPort) port = pl_at_port_new (path, &port_ops, &state);
  char heard[4] = "";

  pl_at_port_start (port);
  while (state.n_missing == 0)
    g_main_context_iteration (NULL, TRUE);
  for (guint round = 1; round <= 2; round++) {
    int server = listen_at (path);
    while (state.n_opened < round)
      g_main_context_iteration (NULL, TRUE);
    int end = accept (server, NULL, NULL);
    g_assert_cmpint (write (end, "OK", 2), ==, 2);
    while (state.data->len < 2 * round)
      g_main_context_iteration (NULL, TRUE);
    pl_at_port_write (port, "AT\r", 3);
    while (recv (end, heard, 3, MSG_DONTWAIT) != 3)
      g_main_context_iteration (NULL, TRUE);
    g_assert_cmpstr (heard, ==, "AT\r");
    close (server);
    g_unlink (path);
    close (end);
    while (state.n_lost < round)
      g_main_context_iteration (NULL, TRUE);
  }
  g_rmdir (folder);
  g_string_free (state.data, TRUE);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/at-queue/order", test_order);
  g_test_add_func ("/at-queue/urcs", test_urcs);
  g_test_add_func ("/at-queue/prompt", test_prompt);
  g_test_add_func ("/at-queue/no-prompt", test_no_prompt);
  g_test_add_func ("/at-queue/late", test_late);
  g_test_add_func ("/at-queue/very-late", test_very_late);
  g_test_add_func ("/at-queue/stray-ok", test_stray_ok);
  g_test_add_func ("/at-queue/hurry", test_hurry);
  g_test_add_func ("/at-queue/no-hurry", test_no_hurry_for_the_network);
  g_test_add_func ("/at-queue/first", test_first);
  g_test_add_func ("/at-queue/lax", test_lax);
  g_test_add_func ("/at-queue/silent", test_silent);
  g_test_add_func ("/at-queue/refused", test_refused);
  g_test_add_func ("/at-queue/hide", test_hide);
  g_test_add_func ("/at-profile/detect", test_profiles);
  g_test_add_func ("/at-port/comes-back", test_port);
  return g_test_run ();
}
