/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-sctp"

#include "link/sctp-socket.h"

#include "base/error.h"
#include "base/limits.h"
#include "link/sctp-stack.h"

#include <usrsctp.h>

#include <errno.h>
#include <string.h>

static struct sockaddr_conn
make_address (guint id, uint16_t port)
{
  struct sockaddr_conn address = { .sconn_family = AF_CONN };
  address.sconn_port = g_htons (port);
  address.sconn_addr = GUINT_TO_POINTER (id);
  return address;
}

typedef struct {
  struct socket *socket;
  int level;
  gboolean ok;
  int error;
} Options;

static void
set (Options *options, int name, const void *value, socklen_t len)
{
  if (options->ok
      && usrsctp_setsockopt (options->socket, options->level, name, value, len) < 0) {
    options->ok = FALSE;
    options->error = errno;
  }
}

static gboolean
set_buffers (Options *options)
{
  int send_size = PL_SCTP_BUFFER;
  int receive_size = PL_MAX_PENDING_INPUT;
  /* No lingering: closing the socket frees the association at once and sends ABORT. */
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  options->level = SOL_SOCKET;
  set (options, SO_SNDBUF, &send_size, sizeof send_size);
  set (options, SO_RCVBUF, &receive_size, sizeof receive_size);
  set (options, SO_LINGER, &linger, sizeof linger);
  return options->ok;
}

static void
set_notifications (Options *options)
{
  static const uint16_t types[] = {
    SCTP_ASSOC_CHANGE,
    SCTP_STREAM_RESET_EVENT,
    SCTP_SEND_FAILED_EVENT,
    SCTP_PARTIAL_DELIVERY_EVENT,
  };
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    struct sctp_event event
        = { .se_assoc_id = SCTP_ALL_ASSOC, .se_type = types[i], .se_on = 1 };
    set (options, SCTP_EVENT, &event, sizeof event);
  }
}

static void
set_profile (Options *options)
{
  int on = 1;
  struct sctp_assoc_value resets
      = { .assoc_id = SCTP_ALL_ASSOC, .assoc_value = SCTP_ENABLE_RESET_STREAM_REQ };
  struct sctp_initmsg streams
      = { .sinit_num_ostreams = PL_MAX_CHANNELS, .sinit_max_instreams = PL_MAX_CHANNELS };
  /* The path MTU of usrsctp leaves its common header of 12 bytes out. It cannot be raised once
   * connected, and usrsctp's own discovery waits for ICMP that never comes here. */
  struct sctp_paddrparams path = {
    .spp_assoc_id = SCTP_FUTURE_ASSOC,
    .spp_flags = SPP_PMTUD_DISABLE,
    .spp_pathmtu = PL_MTU - 12,
  };
  struct sockaddr_conn nobody = { .sconn_family = AF_CONN };

  options->level = IPPROTO_SCTP;
  memcpy (&path.spp_address, &nobody, sizeof nobody);
  set (options, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
  set (options, SCTP_NODELAY, &on, sizeof on);
  set (options, SCTP_RECVRCVINFO, &on, sizeof on);
  set (options, SCTP_ENABLE_STREAM_RESET, &resets, sizeof resets);
  set (options, SCTP_INITMSG, &streams, sizeof streams);
  set_notifications (options);
}

static gboolean
set_up (struct socket *socket, guint id, uint16_t port)
{
  Options options = { .socket = socket, .ok = TRUE };
  struct sockaddr_conn address = make_address (id, port);

  set_buffers (&options);
  set_profile (&options);
  if (!options.ok) {
    errno = options.error;
    return FALSE;
  }
  return usrsctp_set_non_blocking (socket, 1) == 0
         && usrsctp_set_upcall (socket, pl_sctp_stack_on_upcall, GUINT_TO_POINTER (id)) == 0
         && usrsctp_bind (socket, (struct sockaddr *) &address, sizeof address) == 0;
}

struct socket *
pl_sctp_socket_new (guint id, uint16_t port, GError **error)
{
  struct socket *socket
      = usrsctp_socket (AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);

  if (socket != NULL && set_up (socket, id, port))
    return socket;
  g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "making an sctp socket: %s",
               g_strerror (errno));
  if (socket != NULL)
    usrsctp_close (socket);
  return NULL;
}

gboolean
pl_sctp_socket_connect (struct socket *socket, guint id, uint16_t port, GError **error)
{
  struct sockaddr_conn address = make_address (id, port);

  if (usrsctp_connect (socket, (struct sockaddr *) &address, sizeof address) == 0
      || errno == EINPROGRESS)
    return TRUE;
  g_set_error (error, PL_LINK_ERROR, PL_LINK_ERROR_FAILED, "connecting sctp: %s",
               g_strerror (errno));
  return FALSE;
}

gboolean
pl_sctp_socket_send (struct socket *socket, const PlSctpSendInfo *info, const uint8_t *data,
                     size_t len)
{
  struct sctp_sendv_spa spa = { .sendv_flags = SCTP_SEND_SNDINFO_VALID };

  spa.sendv_sndinfo.snd_sid = info->stream;
  spa.sendv_sndinfo.snd_ppid = g_htonl (info->ppid);
  spa.sendv_sndinfo.snd_flags = info->unordered ? SCTP_UNORDERED : 0;
  if (info->max_retransmits >= 0) {
    spa.sendv_flags |= SCTP_SEND_PRINFO_VALID;
    spa.sendv_prinfo.pr_policy = SCTP_PR_SCTP_RTX;
    spa.sendv_prinfo.pr_value = info->max_retransmits;
  } else if (info->max_lifetime_ms >= 0) {
    spa.sendv_flags |= SCTP_SEND_PRINFO_VALID;
    spa.sendv_prinfo.pr_policy = SCTP_PR_SCTP_TTL;
    spa.sendv_prinfo.pr_value = info->max_lifetime_ms;
  }
  return usrsctp_sendv (socket, data, len, NULL, 0, &spa, sizeof spa, SCTP_SENDV_SPA, 0) >= 0;
}

ssize_t
pl_sctp_socket_read (struct socket *socket, uint8_t *buffer, size_t len, PlSctpPiece *piece)
{
  struct sctp_rcvinfo info = { 0 };
  socklen_t info_len = sizeof info;
  unsigned int info_type = 0;
  int flags = 0;
  ssize_t n
      = usrsctp_recvv (socket, buffer, len, NULL, NULL, &info, &info_len, &info_type, &flags);

  *piece = (PlSctpPiece){ .stream = info.rcv_sid,
                          .ppid = g_ntohl (info.rcv_ppid),
                          .is_notification = (flags & MSG_NOTIFICATION) != 0,
                          .is_last = (flags & MSG_EOR) != 0 };
  return n;
}

gboolean
pl_sctp_socket_reset_streams (struct socket *socket, GArray *streams)
{
  size_t len = sizeof (struct sctp_reset_streams) + streams->len * sizeof (uint16_t);
  g_autofree struct sctp_reset_streams *request = g_malloc0 (len);

  request->srs_flags = SCTP_STREAM_RESET_OUTGOING;
  request->srs_number_streams = streams->len;
  memcpy (request->srs_stream_list, streams->data, streams->len * sizeof (uint16_t));
  return usrsctp_setsockopt (socket, IPPROTO_SCTP, SCTP_RESET_STREAMS, request, len) == 0;
}

void
pl_sctp_socket_set_max_cwnd (struct socket *socket, uint32_t n_bytes)
{
  struct sctp_assoc_value value = { .assoc_id = SCTP_CURRENT_ASSOC, .assoc_value = n_bytes };
  usrsctp_setsockopt (socket, IPPROTO_SCTP, SCTP_MAX_CWND, &value, sizeof value);
}

void
pl_sctp_socket_send_heartbeat (struct socket *socket, guint id, uint16_t port)
{
  struct sctp_paddrparams path = { .spp_flags = SPP_HB_DEMAND };
  struct sockaddr_conn address = make_address (id, port);

  memcpy (&path.spp_address, &address, sizeof address);
  usrsctp_setsockopt (socket, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

static gboolean
get_status (struct socket *socket, struct sctp_status *status)
{
  socklen_t len = sizeof *status;
  memset (status, 0, sizeof *status);
  return usrsctp_getsockopt (socket, IPPROTO_SCTP, SCTP_STATUS, status, &len) == 0;
}

gboolean
pl_sctp_socket_is_idle (struct socket *socket)
{
  struct sctp_status status;
  return get_status (socket, &status) && status.sstat_unackdata == 0
         && status.sstat_penddata == 0;
}

int
pl_sctp_socket_get_rtt_ms (struct socket *socket)
{
  struct sctp_status status;
  return get_status (socket, &status) ? (int) status.sstat_primary.spinfo_srtt : -1;
}
