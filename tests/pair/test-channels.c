/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "peer/channel-private.h"
#include "peer/channel-table.h"
#include "tests/lib/pl-test.h"
#include "tests/pair/wire.h"

#include <string.h>

/* Two tables of channels over a path that loses, reorders and repeats. */

#define PARALLEL 8
#define TOTAL    200

typedef struct {
  PlCertificate *certificate;
  PlAssociation *association;
  PlChannelTable *table;
  PlDtlsRole role;
  Wire *out;
  GPtrArray *channels; /* all that ever were, owned */
  guint n_opened;
  guint n_answers;
  guint n_closed;
  guint n_failed;
  gboolean connected;
} End;

typedef struct {
  End ends[2];
} Pair;

static guint
on_train (const PlTrain *train, gpointer user_data)
{
  End *end = user_data;
  const uint8_t *data = train->bytes->data;

  for (guint i = 0; i < train->n; data += train->lens[i++])
    wire_send (end->out, data, train->lens[i]);
  return train->n;
}

static void
on_connected (gpointer user_data)
{
  End *end = user_data;
  end->connected = TRUE;
  pl_channel_table_connected (end->table, end->role, 65536);
}

static void
on_message (uint16_t stream, uint32_t ppid, GBytes *data, gpointer user_data)
{
  pl_channel_table_message (((End *) user_data)->table, stream, ppid, data);
}

static void
on_writable (gpointer user_data)
{
  pl_channel_table_writable (((End *) user_data)->table);
}

static void
on_streams_reset (const uint16_t *streams, guint n, gpointer user_data)
{
  pl_channel_table_streams_reset (((End *) user_data)->table, streams, n);
}

static void
on_reset_done (const uint16_t *streams, guint n, gpointer user_data)
{
  pl_channel_table_reset_done (((End *) user_data)->table, streams, n);
}

G_NORETURN static void
on_association_closed (const GError *reason, gpointer user_data G_GNUC_UNUSED)
{
  g_error ("the association ended: %s", reason ? reason->message : "in good order");
}

static const PlAssociationOps association_ops = {
  .train = on_train,
  .connected = on_connected,
  .message = on_message,
  .writable = on_writable,
  .streams_reset = on_streams_reset,
  .reset_done = on_reset_done,
  .closed = on_association_closed,
};

static void
send_text (PlChannel *channel, const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (GError) error = NULL;

  if (!pl_channel_send (channel, bytes, /* is_text = */ TRUE, &error))
    g_error ("%s", error->message);
}

/* The one that was asked answers and closes. */
static void
on_question (PlChannel *channel, GBytes *bytes G_GNUC_UNUSED, gboolean is_text G_GNUC_UNUSED,
             End *end G_GNUC_UNUSED)
{
  send_text (channel, "answer");
  pl_channel_close (channel);
}

static void
on_closed (PlChannel *channel, const GError *reason, End *end)
{
  end->n_closed++;
  if (reason == NULL)
    return;
  g_test_message ("channel %u: %s", pl_channel_get_id (channel), reason->message);
  end->n_failed++;
}

static void
on_channel (PlChannel *channel, gpointer user_data)
{
  End *end = user_data;

  g_ptr_array_add (end->channels, g_object_ref (channel));
  g_signal_connect (channel, "message", G_CALLBACK (on_question), end);
  g_signal_connect (channel, "closed", G_CALLBACK (on_closed), end);
}

static void
on_drained (gpointer user_data G_GNUC_UNUSED)
{
}

static const PlChannelTableOps table_ops = { .channel = on_channel, .drained = on_drained };

static void ask (End *end);

static void
on_answer (PlChannel *channel G_GNUC_UNUSED, GBytes *bytes G_GNUC_UNUSED,
           gboolean is_text G_GNUC_UNUSED, End *end)
{
  end->n_answers++;
}

/* The next one takes the number that has just become free. */
static void
on_asked_closed (PlChannel *channel, const GError *reason, End *end)
{
  on_closed (channel, reason, end);
  ask (end);
}

static void
ask (End *end)
{
  static const PlChannelOptions reliable = PL_CHANNEL_RELIABLE;
  g_autoptr (GError) error = NULL;

  if (end->n_opened == TOTAL)
    return;
  end->n_opened++;
  PlChannel *channel = pl_channel_table_open (end->table, "ask", "", &reliable, &error);
  g_assert_no_error (error);
  g_ptr_array_add (end->channels, channel);
  g_signal_connect (channel, "message", G_CALLBACK (on_answer), end);
  g_signal_connect (channel, "closed", G_CALLBACK (on_asked_closed), end);
  send_text (channel, "question");
}

static void
on_deliver (const uint8_t *data, size_t len, gpointer user_data)
{
  pl_association_feed (((End *) user_data)->association, data, len);
}

static void
pair_connect (Pair *pair, const WireConfig *config)
{
  for (int i = 0; i < 2; i++) {
    End *end = &pair->ends[i];
    WireConfig own = *config;
    own.seed += i;
    end->certificate = pl_certificate_new (NULL);
    end->role = i == 0 ? PL_DTLS_CLIENT : PL_DTLS_SERVER;
    end->channels = g_ptr_array_new_with_free_func (g_object_unref);
    end->association = pl_association_new (&association_ops, end);
    end->table = pl_channel_table_new (end->association, &table_ops, end);
    end->out = wire_new (&own, on_deliver, &pair->ends[1 - i]);
  }
  for (int i = 0; i < 2; i++) {
    End *end = &pair->ends[i];
    const PlAssociationConfig association = {
      .certificate = end->certificate,
      .role = end->role,
      .fingerprint = pl_certificate_get_fingerprint (pair->ends[1 - i].certificate),
      .local_port = 5000,
      .remote_port = 5000,
    };
    g_assert_true (pl_association_start (end->association, &association, NULL));
  }
  while (!pair->ends[0].connected || !pair->ends[1].connected)
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
}

static void
pair_clear (Pair *pair)
{
  for (int i = 0; i < 2; i++) {
    End *end = &pair->ends[i];
    for (guint k = 0; k < end->channels->len; k++)
      g_signal_handlers_disconnect_by_data (end->channels->pdata[k], end);
    pl_association_free (end->association);
    pl_channel_table_free (end->table, /* reason = */ NULL);
    pl_certificate_unref (end->certificate);
    g_ptr_array_unref (end->channels);
    wire_free (end->out);
  }
}

/* Short conversations, one after the other on few numbers: whatever is lost, each is whole, and
 * each ends in good order at both ends. */
static void
test_numbers_again (void)
{
  Pair pair = { 0 };
  End *a = &pair.ends[0], *b = &pair.ends[1];

  pair_connect (&pair, &(WireConfig){ .seed = pl_test_seed (),
                                      .delay_us = 1000,
                                      .loss_permille = 30,
                                      .reorder_permille = 30,
                                      .duplicate_permille = 20 });
  for (guint i = 0; i < PARALLEL; i++)
    ask (a);
  while (a->n_closed < TOTAL || b->n_closed < TOTAL)
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
  g_assert_cmpuint (a->n_failed + b->n_failed, ==, 0);
  g_assert_cmpuint (a->n_answers, ==, TOTAL);
  g_assert_cmpuint (b->channels->len, ==, TOTAL);
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/channels/numbers-again", test_numbers_again);
  return g_test_run ();
}
