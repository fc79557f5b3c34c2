/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "proto/signal-json.h"
#include "proto/signal-session.h"
#include "tests/lib/pl-test.h"

#include <string.h>

#define SECOND G_USEC_PER_SEC
#define WELCOME(token, resumed, last_id)                                                       \
  "{\"type\":\"welcome\",\"session\":\"s\",\"token\":\"" token "\",\"resumed\":" resumed       \
  ",\"last_id\":" last_id ",\"ping_s\":10,\"silence_s\":30,\"resume_s\":60,"                   \
  "\"limits\":{},\"ice_servers\":[],\"ice_ttl_s\":3600}"

typedef struct {
  PlSignalSession *session;
  int64_t now;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->session = pl_signal_session_new ("test", /* seed = */ 1);
  f->now = 1000 * SECOND;
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pl_signal_session_free (f->session);
}

static void
assert_state (Fixture *f, PlSignalSessionState state)
{
  g_assert_cmpint (pl_signal_session_get_state (f->session), ==, state);
  g_assert_cmpint (pl_signal_session_wants_socket (f->session), ==,
                   state != PL_SESSION_OFFLINE && state != PL_SESSION_CLOSED);
}

static void
feed (Fixture *f, const char *text)
{
  g_autoptr (GError) error = NULL;
  pl_signal_session_feed (f->session, text, strlen (text), f->now, &error);
  g_assert_no_error (error);
}

/* The next frame is of @type; its id, or 0. NULL @type: there is none. */
static int64_t
assert_frame (Fixture *f, const char *type)
{
  g_autofree char *frame = pl_signal_session_next_frame (f->session);
  if (type == NULL) {
    g_assert_cmpstr (frame, ==, NULL);
    return 0;
  }
  g_assert_nonnull (frame);
  g_autoptr (PlSignalMsg) msg = pl_signal_msg_parse (frame, strlen (frame), NULL, NULL);
  g_assert_cmpstr (pl_signal_type_name (msg->type), ==, type);
  return msg->id;
}

static void
assert_event (Fixture *f, const char *type)
{
  g_autoptr (PlSignalMsg) event = pl_signal_session_next_event (f->session);
  if (type == NULL)
    g_assert_null (event);
  else
    g_assert_cmpstr (pl_signal_type_name (event->type), ==, type);
}

static int64_t
request (Fixture *f, PlSignalType type)
{
  g_autoptr (GError) error = NULL;
  int64_t id = pl_signal_session_take_request (f->session, pl_signal_msg_new (type), &error);
  g_assert_no_error (error);
  return id;
}

static void
welcome (Fixture *f, const char *text)
{
  pl_signal_session_report_opened (f->session, f->now);
  assert_frame (f, "hello");
  feed (f, text);
  assert_state (f, PL_SESSION_READY);
  assert_event (f, "welcome");
}

static void
start (Fixture *f)
{
  pl_signal_session_start (f->session, f->now);
  assert_state (f, PL_SESSION_CONNECTING);
  welcome (f, WELCOME ("t1", "false", "0"));
}

static void
lose (Fixture *f)
{
  pl_signal_session_report_lost (f->session, f->now);
  assert_state (f, PL_SESSION_OFFLINE);
}

/* Waits for the next try; returns how long that was. */
static int64_t
wait_for_try (Fixture *f)
{
  int64_t delay = pl_signal_session_get_deadline (f->session) - f->now;

  pl_signal_session_expire (f->session, f->now + delay - 1);
  assert_state (f, PL_SESSION_OFFLINE);
  f->now += delay;
  pl_signal_session_expire (f->session, f->now);
  assert_state (f, PL_SESSION_CONNECTING);
  return delay;
}

static void
test_backs_off (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const double expected[] = { 0.5, 1, 2, 4, 8, 15, 15, 15 };

  pl_signal_session_start (f->session, f->now);
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
    lose (f);
    g_assert_cmpuint (pl_signal_session_get_failures (f->session), ==, i + 1);
    double delay = (double) wait_for_try (f) / SECOND;
    g_assert_cmpfloat (delay, >=, expected[i] / 2);
    g_assert_cmpfloat (delay, <=, expected[i]);
  }
  welcome (f, WELCOME ("t1", "false", "0"));
  g_assert_cmpuint (pl_signal_session_get_failures (f->session), ==, 0);
  lose (f);
  g_assert_cmpint (wait_for_try (f), <=, SECOND / 2);
}

/* A connection that lost its path cannot wait a quarter of a minute for the next try. */
static void
test_hurries (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const int64_t end = f->now + 20 * SECOND;

  start (f);
  pl_signal_session_hurry (f->session, end);
  lose (f);
  while (f->now < end) {
    g_assert_cmpint (wait_for_try (f), <=, SECOND);
    lose (f);
  }
  g_assert_cmpint (wait_for_try (f), >, 2 * SECOND);
}

static void
test_timeouts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pl_signal_session_start (f->session, f->now);
  f->now += 15 * SECOND;
  pl_signal_session_expire (f->session, f->now);
  assert_state (f, PL_SESSION_OFFLINE);
  wait_for_try (f);
  pl_signal_session_report_opened (f->session, f->now);
  f->now += 10 * SECOND;
  pl_signal_session_expire (f->session, f->now);
  assert_state (f, PL_SESSION_OFFLINE);
  assert_frame (f, NULL);
}

static void
test_silence (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start (f);
  for (int i = 0; i < 5; i++) {
    f->now += 29 * SECOND;
    pl_signal_session_expire (f->session, f->now);
    assert_state (f, PL_SESSION_READY);
    pl_signal_session_report_alive (f->session, f->now);
  }
  f->now += 30 * SECOND;
  pl_signal_session_expire (f->session, f->now);
  assert_state (f, PL_SESSION_OFFLINE);
}

static void
test_repeats_what_was_not_seen (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start (f);
  g_assert_cmpint (request (f, PL_SIGNAL_MSG_RESERVE), ==, 1);
  g_assert_cmpint (request (f, PL_SIGNAL_MSG_REFRESH), ==, 2);
  lose (f);
  g_assert_cmpint (request (f, PL_SIGNAL_MSG_RESERVE), ==, 3);
  assert_frame (f, NULL);
  wait_for_try (f);
  welcome (f, WELCOME ("t2", "true", "1"));
  g_assert_cmpint (assert_frame (f, "refresh"), ==, 2);
  g_assert_cmpint (assert_frame (f, "reserve"), ==, 3);
  assert_frame (f, NULL);

  /* The answer to 1 was on its way when the socket broke. */
  feed (f, "{\"type\":\"reserved\",\"seq\":1,\"id\":1,\"room\":\"7\"}");
  assert_event (f, "reserved");
  lose (f);
  wait_for_try (f);
  welcome (f, WELCOME ("t3", "true", "3"));
  assert_frame (f, NULL);
}

static void
test_starts_over (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start (f);
  request (f, PL_SIGNAL_MSG_RESERVE);
  feed (f, "{\"type\":\"burned\",\"seq\":1,\"room\":\"7\"}");
  assert_event (f, "burned");
  lose (f);
  wait_for_try (f);
  welcome (f, WELCOME ("t2", "false", "0"));
  assert_frame (f, NULL);
  feed (f, "{\"type\":\"burned\",\"seq\":1,\"room\":\"7\"}");
  assert_event (f, "burned");
}

static void
test_order (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *third = "{\"type\":\"burned\",\"seq\":3,\"room\":\"7\"}";
  g_autoptr (GError) error = NULL;

  start (f);
  feed (f, "{\"type\":\"burned\",\"seq\":1,\"room\":\"7\"}");
  feed (f, "{\"type\":\"burned\",\"seq\":1,\"room\":\"7\"}");
  assert_event (f, "burned");
  assert_event (f, NULL);
  feed (f, "{\"type\":\"news\",\"seq\":2}");
  assert_event (f, NULL);
  feed (f, third);
  assert_event (f, "burned");

  g_assert_false (pl_signal_session_feed (
      f->session, "{\"type\":\"burned\",\"seq\":5,\"room\":\"7\"}", 39, f->now, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
  assert_state (f, PL_SESSION_OFFLINE);
  assert_event (f, NULL);
}

static void
test_nonsense (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const nonsense[]
      = { "", "{", "[]", "{\"type\":\"came\"}", WELCOME ("t", "true", "0") };

  start (f);
  for (gsize i = 0; i < G_N_ELEMENTS (nonsense); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (
        pl_signal_session_feed (f->session, nonsense[i], strlen (nonsense[i]), f->now, &error));
    g_assert_cmpint (error->domain, ==, PL_PROTO_ERROR);
    assert_state (f, PL_SESSION_OFFLINE);
    wait_for_try (f);
    welcome (f, WELCOME ("t2", "true", "0"));
  }
}

static void
test_before_welcome (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const char *early = "{\"type\":\"burned\",\"seq\":1,\"room\":\"7\"}";
  g_autoptr (GError) error = NULL;

  pl_signal_session_start (f->session, f->now);
  pl_signal_session_report_opened (f->session, f->now);
  feed (f, "{\"type\":\"error\",\"code\":\"rate\",\"text\":\"later\",\"retry_s\":5}");
  assert_event (f, "error");
  g_assert_false (pl_signal_session_feed (f->session, early, strlen (early), f->now, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID);
}

static void
test_bye (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  start (f);
  feed (f, "{\"type\":\"bye\",\"code\":\"restart\",\"retry_s\":20}");
  assert_state (f, PL_SESSION_OFFLINE);
  g_assert_cmpint (wait_for_try (f), >=, 20 * SECOND);
  lose (f);
  g_assert_cmpint (wait_for_try (f), <=, SECOND);
  welcome (f, WELCOME ("t2", "true", "0"));

  pl_signal_session_close (f->session, f->now);
  assert_state (f, PL_SESSION_CLOSED);
  assert_frame (f, "bye");
  g_assert_cmpint (pl_signal_session_get_deadline (f->session), ==, PL_NEVER);
  pl_signal_session_report_lost (f->session, f->now);
  assert_state (f, PL_SESSION_CLOSED);
}

static void
test_pending_limit (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  start (f);
  for (guint i = 0; i < PL_MAX_PENDING_REQUESTS; i++)
    request (f, PL_SIGNAL_MSG_REFRESH);
  g_assert_cmpint (pl_signal_session_take_request (
                       f->session, pl_signal_msg_new (PL_SIGNAL_MSG_REFRESH), &error),
                   ==, 0);
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
  feed (f, "{\"type\":\"ice\",\"seq\":1,\"id\":1,\"ice_servers\":[],\"ice_ttl_s\":60}");
  request (f, PL_SIGNAL_MSG_REFRESH);
}

#define ADD(name, func) g_test_add ("/session/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  ADD ("backs-off", test_backs_off);
  ADD ("hurries", test_hurries);
  ADD ("timeouts", test_timeouts);
  ADD ("silence", test_silence);
  ADD ("repeats-what-was-not-seen", test_repeats_what_was_not_seen);
  ADD ("starts-over", test_starts_over);
  ADD ("order", test_order);
  ADD ("nonsense", test_nonsense);
  ADD ("before-welcome", test_before_welcome);
  ADD ("bye", test_bye);
  ADD ("pending-limit", test_pending_limit);
  return g_test_run ();
}
