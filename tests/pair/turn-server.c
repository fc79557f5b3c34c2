/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/pair/turn-server.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define START_SECONDS 30

static guint
find_free_port (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, /* port = */ 0);
  g_autoptr (GSocket) tcp = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
                                          G_SOCKET_PROTOCOL_TCP, &error);
  g_autoptr (GSocket) udp = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
                                          G_SOCKET_PROTOCOL_UDP, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (tcp, any, /* allow_reuse = */ TRUE, &error));
  g_autoptr (GSocketAddress) bound = g_socket_get_local_address (tcp, &error);
  g_assert_true (g_socket_bind (udp, bound, /* allow_reuse = */ FALSE, &error));
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

static void
run_openssl (const char *dir, const char *name)
{
  g_autofree char *key = g_strdup_printf ("%s/%s-key.pem", dir, name);
  g_autofree char *cert = g_strdup_printf ("%s/%s-cert.pem", dir, name);
  const char *argv[] = { "openssl",
                         "req",
                         "-x509",
                         "-newkey",
                         "ec",
                         "-pkeyopt",
                         "ec_paramgen_curve:P-256",
                         "-nodes",
                         "-days",
                         "2",
                         "-subj",
                         "/CN=localhost",
                         "-addext",
                         "subjectAltName=DNS:localhost",
                         "-keyout",
                         key,
                         "-out",
                         cert,
                         NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDERR_SILENCE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);

  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (process, /* cancellable = */ NULL, &error));
}

static GTlsDatabase *
open_database (const char *dir, const char *name)
{
  g_autofree char *cert = g_strdup_printf ("%s/%s-cert.pem", dir, name);
  g_autoptr (GError) error = NULL;
  GTlsDatabase *database = g_tls_file_database_new (cert, &error);

  g_assert_no_error (error);
  return database;
}

static char *
write_config (TurnServer *self)
{
  g_autofree char *text = g_strdup_printf (
      "listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port=%u\n"
      "tls-listening-port=%u\ncert=%s/server-cert.pem\npkey=%s/server-key.pem\n"
      "lt-cred-mech\nuser=" TURN_USER ":" TURN_PASSWORD "\nrealm=test\n"
      "allow-loopback-peers\nno-cli\nno-dtls\nfingerprint\nuserdb=%s/turndb\n"
      "pidfile=%s/pid\nlog-file=stdout\nsimple-log\n",
      self->port, self->tls_port, self->dir, self->dir, self->dir, self->dir);
  char *path = g_build_filename (self->dir, "turnserver.conf", NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, /* length = */ -1, &error);
  g_assert_no_error (error);
  return path;
}

/* Where it says that it is up, as to systemd (sd_notify(3)). */
static GSocket *
open_notify_socket (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM,
                                  G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, address, /* allow_reuse = */ FALSE, &error));
  g_socket_set_timeout (socket, START_SECONDS);
  return socket;
}

static void
wait_until_up (GSocket *notify)
{
  g_autoptr (GError) error = NULL;
  char text[256] = "";

  while (strstr (text, "READY=1") == NULL) {
    gssize n
        = g_socket_receive (notify, text, sizeof text - 1, /* cancellable = */ NULL, &error);
    g_assert_no_error (error);
    text[n] = '\0';
  }
}

/* Also where the test crashes. */
static void
die_with_the_test (gpointer user_data G_GNUC_UNUSED)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

TurnServer *
turn_server_start (void)
{
  g_autofree char *program = g_find_program_in_path ("turnserver");
  g_autofree char *openssl = g_find_program_in_path ("openssl");
  g_autoptr (GError) error = NULL;

  if (program == NULL || openssl == NULL)
    return NULL;
  TurnServer *self = g_new0 (TurnServer, 1);
  self->dir = g_dir_make_tmp ("punchline-turn-XXXXXX", &error);
  g_assert_no_error (error);
  run_openssl (self->dir, "server");
  run_openssl (self->dir, "foreign");
  self->trusted = open_database (self->dir, "server");
  self->foreign = open_database (self->dir, "foreign");
  self->port = find_free_port ();
  self->tls_port = find_free_port ();
  g_autofree char *config = write_config (self);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *notify_path = g_build_filename (self->dir, "notify", NULL);
  g_autoptr (GSocket) notify = open_notify_socket (notify_path);
  g_subprocess_launcher_setenv (launcher, "NOTIFY_SOCKET", notify_path, /* overwrite = */ TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_the_test, /* user_data = */ NULL,
                                         /* destroy_notify = */ NULL);
  self->process = g_subprocess_launcher_spawn (launcher, &error, program, "-c", config, NULL);
  g_assert_no_error (error);
  wait_until_up (notify);
  return self;
}

static void
remove_directory (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, /* flags = */ 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    g_unlink (file);
  }
  g_rmdir (path);
}

void
turn_server_stop (TurnServer *self)
{
  if (self == NULL)
    return;
  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, /* cancellable = */ NULL, /* error = */ NULL);
  g_object_unref (self->process);
  g_object_unref (self->trusted);
  g_object_unref (self->foreign);
  remove_directory (self->dir);
  g_free (self->dir);
  g_free (self);
}

GPtrArray *
turn_server_list (TurnServer *self, PlIceServerKind kind, const char *host,
                  const char *password)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_ice_server_free);
  PlIceServer *server = g_new0 (PlIceServer, 1);

  server->kind = kind;
  server->host = g_strdup (host);
  server->port = kind == PL_ICE_TURN_TLS ? self->tls_port : self->port;
  server->username = g_strdup (TURN_USER);
  server->password = g_strdup (password);
  g_ptr_array_add (list, server);
  return list;
}
