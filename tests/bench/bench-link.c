/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "link/crc32c.h"
#include "link/dtls.h"
#include "link/sctp.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <usrsctp.h>

/* SCTP over DTLS over two UDP sockets of 127.0.0.1, both ends in this process and thread: how
 * much processor time a gigabyte takes. Wall time says little where both ends share one core.
 *
 * make tests/bench/bench-link && tests/bench/bench-link [--megabytes=N] [--software-crc]
 * [--no-segments]
 */
typedef struct {
  PlDtls *dtls;
  PlSctp *sctp;
  int fd;
  GQueue waiting; /* packets that the socket did not take */
  gboolean connected;
  gboolean full;
  guint watch;
  guint64 received;
} End;

static gint64 n_megabytes = 1000;
static gboolean software_crc;
static gboolean no_segments;
static End ends[2];
static guint64 sent;

static const GOptionEntry options[] = {
  { "megabytes", 0, 0, G_OPTION_ARG_INT64, &n_megabytes, "How much to send", "N" },
  { "software-crc", 0, 0, G_OPTION_ARG_NONE, &software_crc, "usrsctp computes and checks",
    NULL },
  { "no-segments", 0, 0, G_OPTION_ARG_NONE, &no_segments, "Without UDP GSO and GRO", NULL },
  { 0 },
};

static gboolean on_socket (gint fd, GIOCondition condition, gpointer user_data);

static void
watch (End *end)
{
  if (end->watch)
    g_source_remove (end->watch);
  end->watch
      = g_unix_fd_add (end->fd, end->full ? G_IO_IN | G_IO_OUT : G_IO_IN, on_socket, end);
}

/* As many datagrams from @first on as are of one length (the last may be shorter). */
static guint
count_equal (const PlTrain *train, guint first)
{
  guint n = 1;
  while (!no_segments && first + n < train->n && train->lens[first + n] <= train->lens[first]
         && train->lens[first + n - 1] == train->lens[first])
    n++;
  return n;
}

static guint
on_train (const PlTrain *train, gpointer user_data)
{
  End *end = user_data;
  uint8_t *data = train->bytes->data;
  guint n;

  for (guint i = 0; i < train->n; i += n) {
    size_t len = 0;
    union {
      char bytes[CMSG_SPACE (sizeof (uint16_t))];
      struct cmsghdr align;
    } control = { 0 };
    struct iovec iov;
    struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

    n = count_equal (train, i);
    for (guint k = 0; k < n; k++)
      len += train->lens[i + k];
    iov = (struct iovec){ data, len };
    if (n > 1) {
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      struct cmsghdr *header = CMSG_FIRSTHDR (&message);
      header->cmsg_level = SOL_UDP;
      header->cmsg_type = UDP_SEGMENT;
      header->cmsg_len = CMSG_LEN (sizeof (uint16_t));
      memcpy (CMSG_DATA (header), &train->lens[i], sizeof (uint16_t));
    }
    if (sendmsg (end->fd, &message, MSG_DONTWAIT) < 0) {
      end->full = TRUE;
      watch (end);
      return i;
    }
    data += len;
  }
  return train->n;
}

static void
on_packet (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  if (!g_queue_is_empty (&end->waiting) || !pl_dtls_send (end->dtls, data, len))
    g_queue_push_tail (&end->waiting, g_bytes_new (data, len));
}

static void
on_flush (gpointer user_data)
{
  End *end = user_data;
  pl_dtls_flush (end->dtls);
}

static gboolean
on_socket (gint fd, GIOCondition condition, gpointer user_data)
{
  static uint8_t buffer[65536];
  End *end = user_data;
  ssize_t len;

  if (condition & G_IO_OUT) {
    end->full = FALSE;
    watch (end);
    pl_dtls_resume (end->dtls);
    for (GBytes *packet; (packet = g_queue_peek_head (&end->waiting)) != NULL;) {
      if (!pl_dtls_send (end->dtls, g_bytes_get_data (packet, NULL), g_bytes_get_size (packet)))
        break;
      g_bytes_unref (g_queue_pop_head (&end->waiting));
    }
    pl_dtls_flush (end->dtls);
    return G_SOURCE_CONTINUE;
  }
  while ((len = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
    pl_dtls_feed (end->dtls, buffer, len);
  return G_SOURCE_CONTINUE;
}

static void
on_secured (gpointer user_data)
{
  End *end = user_data;
  g_assert_true (pl_sctp_connect (end->sctp, NULL));
}

static void
on_data (const uint8_t *data, size_t len, gpointer user_data)
{
  End *end = user_data;
  pl_sctp_feed (end->sctp, data, len);
}

G_GNUC_NORETURN static void
on_closed (const GError *reason, gpointer user_data G_GNUC_UNUSED)
{
  g_error ("%s", reason->message);
}

static void
on_connected (gpointer user_data)
{
  End *end = user_data;
  end->connected = TRUE;
}

static void
on_message (uint16_t stream G_GNUC_UNUSED, uint32_t ppid G_GNUC_UNUSED, GBytes *data,
            gpointer user_data)
{
  End *end = user_data;
  end->received += g_bytes_get_size (data);
}

static void
on_writable (gpointer user_data)
{
  static const uint8_t message[65536];
  PlSctpSendInfo info = { 1, PL_PPID_BINARY, FALSE, -1, -1 };
  End *end = user_data;

  while (sent < (guint64) n_megabytes * 1000000) {
    if (!pl_sctp_send (end->sctp, &info, message, sizeof message, NULL))
      return;
    sent += sizeof message;
  }
}

static void
on_reset (const uint16_t *streams G_GNUC_UNUSED, guint n G_GNUC_UNUSED,
          gpointer user_data G_GNUC_UNUSED)
{
}

static const PlDtlsOps dtls_ops = { on_train, on_secured, on_data, on_closed };
static const PlSctpOps sctp_ops = { on_packet,   on_flush, on_connected, on_message,
                                    on_writable, on_reset, on_reset,     on_closed };

static void
make_sockets (void)
{
  struct sockaddr_in names[2];
  int size = 4 * 1024 * 1024, on = !no_segments;

  for (int i = 0; i < 2; i++) {
    socklen_t len = sizeof names[i];
    names[i] = (struct sockaddr_in){ .sin_family = AF_INET };
    names[i].sin_addr.s_addr = g_htonl (INADDR_LOOPBACK);
    ends[i].fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    setsockopt (ends[i].fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt (ends[i].fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt (ends[i].fd, SOL_UDP, UDP_GRO, &on, sizeof on);
    if (bind (ends[i].fd, (struct sockaddr *) &names[i], len) < 0)
      g_error ("bind: %m");
    getsockname (ends[i].fd, (struct sockaddr *) &names[i], &len);
  }
  for (int i = 0; i < 2; i++)
    if (connect (ends[i].fd, (struct sockaddr *) &names[1 - i], sizeof names[0]) < 0)
      g_error ("connect: %m");
}

static double
cpu_seconds (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
         + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void
print_crc (const char *name, uint32_t (*function) (const uint8_t *, size_t))
{
  uint8_t packet[PL_MTU] = { 0 };
  double start = cpu_seconds ();
  for (guint i = 0; i < 100000; i++)
    packet[i % sizeof packet] = function (packet, sizeof packet);
  double gigabytes = 1e5 * sizeof packet / 1e9;
  g_print ("crc32c by %s: %.3f s/GB\n", name, (cpu_seconds () - start) / gigabytes);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (PlCertificate) certificate = pl_certificate_new (NULL);
  PlSctpConfig config = { 5000, 5000, PL_MAX_MESSAGE_SIZE };

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL))
    return EXIT_FAILURE;
  print_crc ("table", pl_crc32c_by_table);
  print_crc ("processor", pl_crc32c);
  make_sockets ();
  for (int i = 0; i < 2; i++) {
    ends[i].dtls
        = pl_dtls_new (certificate, i == 0 ? PL_DTLS_CLIENT : PL_DTLS_SERVER,
                       pl_certificate_get_fingerprint (certificate), &dtls_ops, &ends[i], NULL);
    ends[i].sctp = pl_sctp_new (&config, &sctp_ops, &ends[i], NULL);
    watch (&ends[i]);
  }
  if (software_crc)
    usrsctp_disable_crc32c_offload ();
  pl_dtls_start (ends[1].dtls);
  pl_dtls_start (ends[0].dtls);
  while (!ends[0].connected || !ends[1].connected)
    g_main_context_iteration (NULL, TRUE);

  double cpu = cpu_seconds ();
  int64_t start = g_get_monotonic_time ();
  on_writable (&ends[0]);
  while (ends[1].received < (guint64) n_megabytes * 1000000)
    g_main_context_iteration (NULL, TRUE);
  double seconds = (g_get_monotonic_time () - start) / 1e6, gigabytes = ends[1].received / 1e9;
  g_print ("%s crc, %s: %.2f s/GB, %.2f Gbit/s\n", software_crc ? "software" : "offloaded",
           no_segments ? "single datagrams" : "trains", (cpu_seconds () - cpu) / gigabytes,
           gigabytes * 8 / seconds);
  for (int i = 0; i < 2; i++) {
    pl_sctp_free (ends[i].sctp);
    pl_dtls_free (ends[i].dtls);
    g_queue_clear_full (&ends[i].waiting, (GDestroyNotify) g_bytes_unref);
  }
  return EXIT_SUCCESS;
}
