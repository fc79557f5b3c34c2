/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-sctp"

#include "link/sctp-stack.h"

#include "base/clock.h"
#include "link/sctp-socket.h"

#include <usrsctp.h>

/* usrsctp's timers are checked so often while an association exists; it cannot tell when the
 * next one is due (usrsctp issue 349). */
#define TICK_MS 10

typedef struct {
  PlSctpStackOps ops;
  gpointer user_data;
} Member;

/* usrsctp is one per process, so this is. */
static struct {
  gboolean started;
  guint last_id;
  GHashTable *members; /* id to Member */
  PlDeadline *timer;
  int64_t timers_ran_us;
} stack;

static int
on_output (void *address, void *packet, size_t len, uint8_t tos G_GNUC_UNUSED,
           uint8_t dont_fragment G_GNUC_UNUSED)
{
  Member *member = g_hash_table_lookup (stack.members, address);
  if (member != NULL)
    member->ops.output (packet, len, member->user_data);
  return 0;
}

void
pl_sctp_stack_on_upcall (struct socket *socket G_GNUC_UNUSED, void *id, int flags G_GNUC_UNUSED)
{
  Member *member = g_hash_table_lookup (stack.members, id);
  if (member != NULL)
    member->ops.event (member->user_data);
}

static void
configure (void)
{
  /* Checksums are ours (crc32c.c), and incoming ones are not looked at: DTLS has authenticated
   * the packet. Costs 2.1 s/GB less. */
  usrsctp_enable_crc32c_offload ();

  /* RFC 8260 and RFC 5061, RFC 4895, RFC 3168: not part of RFC 8831's profile, or without sense
   * inside of DTLS. */
  usrsctp_sysctl_set_sctp_asconf_enable (0);
  usrsctp_sysctl_set_sctp_auto_asconf (0);
  usrsctp_sysctl_set_sctp_auth_enable (0);
  usrsctp_sysctl_set_sctp_ecn_enable (0);
  usrsctp_sysctl_set_sctp_pr_enable (1);
  usrsctp_sysctl_set_sctp_reconfig_enable (1);

  /* Silence towards packets of no association: they are left-overs, and an ABORT would hit the
   * other end's simultaneous INIT. */
  usrsctp_sysctl_set_sctp_blackhole (2);

  /* RFC2581's control: HSTCP storms and HTCP is slower. L2_abc 2 and not 8, and bursts bounded:
   * otherwise slow start overruns the queue by a window and retransmissions storm. */
  usrsctp_sysctl_set_sctp_default_cc_module (SCTP_CC_RFC2581);
  usrsctp_sysctl_set_sctp_L2_abc_variable (2);
  usrsctp_sysctl_set_sctp_initial_cwnd (10); /* RFC 6928 */
  usrsctp_sysctl_set_sctp_max_burst_default (10);

  /* 512 chunks would cap the flight at 600 KB whatever the buffers. Eight times what the
   * buffers hold of full packets, for smaller messages. */
  usrsctp_sysctl_set_sctp_max_chunks_on_queue (8 * PL_SCTP_BUFFER / 1024);

  /* A SACK every second packet, or 20 ms late: the usual 200 ms make short round trips look
   * long. */
  usrsctp_sysctl_set_sctp_sack_freq_default (2);
  usrsctp_sysctl_set_sctp_delayed_sack_time_default (20);

  /* The smallest timeout leaves room for other stacks' 200 ms of delayed SACK. The largest is
   * what an ICE restart may cost in addition. With it the association outlives a minute and a
   * half without a path: ICE and the user decide when a connection is dead, not this timer. */
  usrsctp_sysctl_set_sctp_rto_min_default (400);
  usrsctp_sysctl_set_sctp_rto_initial_default (1000);
  usrsctp_sysctl_set_sctp_rto_max_default (4000);
  usrsctp_sysctl_set_sctp_init_rto_max_default (4000);
  usrsctp_sysctl_set_sctp_init_rtx_max_default (25);
  usrsctp_sysctl_set_sctp_assoc_rtx_max_default (25);
  usrsctp_sysctl_set_sctp_path_rtx_max_default (25);
}

static void
on_timer (gpointer user_data G_GNUC_UNUSED)
{
  int64_t elapsed_ms = (g_get_monotonic_time () - stack.timers_ran_us) / 1000;

  if (elapsed_ms > 0) {
    stack.timers_ran_us += elapsed_ms * 1000;
    usrsctp_handle_timers (elapsed_ms);
  }
  g_autofree gpointer *ids = g_hash_table_get_keys_as_array (stack.members, NULL);
  for (guint i = 0; ids[i] != NULL; i++) {
    Member *member = g_hash_table_lookup (stack.members, ids[i]);
    if (member != NULL) /* an earlier turn may have freed it */
      member->ops.turn (member->user_data);
  }
  if (stack.timer != NULL)
    pl_deadline_set (stack.timer, g_get_monotonic_time () + TICK_MS * 1000);
}

guint
pl_sctp_stack_join (const PlSctpStackOps *ops, gpointer user_data)
{
  Member *member = g_new0 (Member, 1);
  guint id = ++stack.last_id;

  member->ops = *ops;
  member->user_data = user_data;
  if (!stack.started) {
    stack.started = TRUE;
    stack.members = g_hash_table_new_full (NULL, NULL, NULL, g_free);
    usrsctp_init_nothreads (/* port = */ 0, on_output, /* debug_printf = */ NULL);
    configure ();
  }
  if (stack.timer == NULL) {
    stack.timers_ran_us = g_get_monotonic_time ();
    stack.timer = pl_deadline_new ("sctp timer", on_timer, NULL);
    pl_deadline_set (stack.timer, stack.timers_ran_us + TICK_MS * 1000);
  }
  g_hash_table_insert (stack.members, GUINT_TO_POINTER (id), member);
  usrsctp_register_address (GUINT_TO_POINTER (id));
  return id;
}

void
pl_sctp_stack_leave (guint id)
{
  usrsctp_deregister_address (GUINT_TO_POINTER (id));
  g_hash_table_remove (stack.members, GUINT_TO_POINTER (id));
  if (g_hash_table_size (stack.members) == 0)
    g_clear_pointer (&stack.timer, pl_deadline_free);
}

void
pl_sctp_stack_wake (void)
{
  if (stack.timer != NULL)
    pl_deadline_set (stack.timer, 0);
}
