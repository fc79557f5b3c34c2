/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-modem-mm"

#include "simbox/modem-mm-private.h"

#include "base/error.h"
#include "base/log.h"

/* Finding the modem: D-Bus, ModemManager, its objects, their interfaces. Each of them may come
 * and go at any time. */

#define RECONNECT_SECONDS 2

static void modem_iface_init (PlModemInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PlModemMm, pl_modem_mm, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (PL_TYPE_MODEM, modem_iface_init))

/* What ModemManager and D-Bus say, to what a user of a modem acts on. */
static int
code_of (const GError *error)
{
  static const struct {
    GQuark (*domain) (void);
    int code;
    PlModemError ours;
  } table[] = {
    { g_dbus_error_quark, G_DBUS_ERROR_SERVICE_UNKNOWN, PL_MODEM_ERROR_GONE },
    { g_dbus_error_quark, G_DBUS_ERROR_NAME_HAS_NO_OWNER, PL_MODEM_ERROR_GONE },
    { g_dbus_error_quark, G_DBUS_ERROR_NO_REPLY, PL_MODEM_ERROR_GONE },
    { g_dbus_error_quark, G_DBUS_ERROR_UNKNOWN_OBJECT, PL_MODEM_ERROR_GONE },
    { g_dbus_error_quark, G_DBUS_ERROR_UNKNOWN_INTERFACE, PL_MODEM_ERROR_GONE },
    { g_dbus_error_quark, G_DBUS_ERROR_UNKNOWN_METHOD, PL_MODEM_ERROR_GONE },
    { g_io_error_quark, G_IO_ERROR_CLOSED, PL_MODEM_ERROR_GONE },
    { g_dbus_error_quark, G_DBUS_ERROR_TIMEOUT, PL_MODEM_ERROR_TIMEOUT },
    { g_dbus_error_quark, G_DBUS_ERROR_TIMED_OUT, PL_MODEM_ERROR_TIMEOUT },
    { g_io_error_quark, G_IO_ERROR_TIMED_OUT, PL_MODEM_ERROR_TIMEOUT },
    { mm_serial_error_quark, MM_SERIAL_ERROR_RESPONSE_TIMEOUT, PL_MODEM_ERROR_TIMEOUT },
    { mm_core_error_quark, MM_CORE_ERROR_UNSUPPORTED, PL_MODEM_ERROR_UNSUPPORTED },
    { mm_core_error_quark, MM_CORE_ERROR_WRONG_STATE, PL_MODEM_ERROR_NOT_READY },
    { mm_core_error_quark, MM_CORE_ERROR_RETRY, PL_MODEM_ERROR_NOT_READY },
    { mm_mobile_equipment_error_quark, MM_MOBILE_EQUIPMENT_ERROR_SIM_NOT_INSERTED,
      PL_MODEM_ERROR_NOT_READY },
    { mm_mobile_equipment_error_quark, MM_MOBILE_EQUIPMENT_ERROR_SIM_PIN,
      PL_MODEM_ERROR_NOT_READY },
    { mm_mobile_equipment_error_quark, MM_MOBILE_EQUIPMENT_ERROR_SIM_PUK,
      PL_MODEM_ERROR_NOT_READY },
    { mm_mobile_equipment_error_quark, MM_MOBILE_EQUIPMENT_ERROR_NO_NETWORK,
      PL_MODEM_ERROR_NOT_READY },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_error_matches (error, table[i].domain (), table[i].code))
      return table[i].ours;
  return PL_MODEM_ERROR_FAILED;
}

void
pl_modem_mm_fail (GTask *task, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_task_return_error (task, error);
  } else {
    g_dbus_error_strip_remote_error (error);
    g_task_return_new_error (task, PL_MODEM_ERROR, code_of (error), "%s", error->message);
    g_error_free (error);
  }
  g_object_unref (task);
}

void
pl_modem_mm_finish (GTask *task, GError *error)
{
  if (error != NULL) {
    pl_modem_mm_fail (task, error);
    return;
  }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

gboolean
pl_modem_mm_need (gpointer part, GTask *task)
{
  PlModemMm *self = g_task_get_source_object (task);

  if (part != NULL)
    return TRUE;
  g_task_return_new_error (task, PL_MODEM_ERROR,
                           self->object ? PL_MODEM_ERROR_NOT_READY : PL_MODEM_ERROR_GONE,
                           self->object ? "the modem is not ready" : "there is no modem");
  g_object_unref (task);
  return FALSE;
}

GSource *
pl_modem_mm_after (PlModemMm *self, guint seconds, GSourceFunc function)
{
  GSource *source = g_timeout_source_new_seconds (seconds);

  g_source_set_callback (source, function, self, NULL);
  g_source_attach (source, self->context);
  return source;
}

void
pl_modem_mm_clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
on_properties_changed (PlModemMm *self)
{
  pl_modem_mm_refresh (self);
}

/* ModemManager adds messaging and voice only once it knows the SIM, and takes them away when
 * the SIM is locked again. */
static void
take_interfaces (PlModemMm *self)
{
  if (self->gpp == NULL && (self->gpp = mm_object_get_modem_3gpp (self->object)) != NULL)
    g_signal_connect_object (self->gpp, "g-properties-changed",
                             G_CALLBACK (on_properties_changed), self, G_CONNECT_SWAPPED);
  if (self->messaging == NULL
      && (self->messaging = mm_object_get_modem_messaging (self->object)) != NULL)
    pl_modem_mm_watch_texts (self);
  if (self->voice == NULL && (self->voice = mm_object_get_modem_voice (self->object)) != NULL)
    pl_modem_mm_watch_calls (self);
  pl_modem_mm_refresh (self);
}

static void
on_interface_added (PlModemMm *self)
{
  take_interfaces (self);
}

static void
drop (PlModemMm *self, gpointer part)
{
  g_signal_handlers_disconnect_by_data (part, self);
  g_object_unref (part);
}

static void
on_interface_removed (PlModemMm *self, GDBusInterface *interface)
{
  gpointer gone = interface;

  if (gone == self->gpp)
    drop (self, g_steal_pointer (&self->gpp));
  else if (gone == self->messaging)
    drop (self, g_steal_pointer (&self->messaging));
  else if (gone == self->voice) {
    drop (self, g_steal_pointer (&self->voice));
    pl_modem_mm_lose_calls (self);
  }
  pl_modem_mm_refresh (self);
}

static void
release_object (PlModemMm *self)
{
  pl_modem_mm_clear_source (&self->retry);
  pl_modem_mm_clear_source (&self->second_look);
  pl_modem_mm_forget_pin (self);
  self->enabling = self->looking = FALSE;
  self->incomplete = 0;
  gpointer *const parts[]
      = { (gpointer *) &self->gpp, (gpointer *) &self->messaging, (gpointer *) &self->voice,
          (gpointer *) &self->modem, (gpointer *) &self->object };
  for (size_t i = 0; i < G_N_ELEMENTS (parts); i++)
    if (*parts[i] != NULL)
      drop (self, g_steal_pointer (parts[i]));
  pl_modem_mm_lose_calls (self);
  pl_modem_mm_dial_delayed (self);
}

static gboolean
is_ours (PlModemMm *self, MMObject *object)
{
  return self->path == NULL || g_str_equal (self->path, mm_object_get_path (object));
}

static void
take_object (PlModemMm *self, MMObject *object)
{
  if (self->object != NULL || !is_ours (self, object))
    return;
  MMModem *modem = mm_object_get_modem (object);
  if (modem == NULL)
    return;
  pl_debug (self, "modem at %s", mm_object_get_path (object));
  self->object = g_object_ref (object);
  self->modem = modem;
  g_signal_connect_object (object, "interface-added", G_CALLBACK (on_interface_added), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (object, "interface-removed", G_CALLBACK (on_interface_removed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (modem, "g-properties-changed", G_CALLBACK (on_properties_changed),
                           self, G_CONNECT_SWAPPED);
  take_interfaces (self);
}

static void
take_any_object (PlModemMm *self)
{
  GList *objects = g_dbus_object_manager_get_objects (G_DBUS_OBJECT_MANAGER (self->manager));

  for (GList *l = objects; l != NULL; l = l->next)
    take_object (self, MM_OBJECT (l->data));
  g_list_free_full (objects, g_object_unref);
}

static void
on_object_added (PlModemMm *self, GDBusObject *object)
{
  take_object (self, MM_OBJECT (object));
}

static void
on_object_removed (PlModemMm *self, GDBusObject *object)
{
  if ((gpointer) object != (gpointer) self->object)
    return;
  pl_debug (self, "the modem is gone");
  g_autoptr (PlModemMm) alive G_GNUC_UNUSED = g_object_ref (self);
  release_object (self);
  if (self->manager != NULL)
    take_any_object (self);
  pl_modem_mm_refresh (self);
}

static void
drop_bus (PlModemMm *self)
{
  pl_modem_mm_clear_source (&self->reconnect);
  if (self->manager != NULL)
    drop (self, g_steal_pointer (&self->manager));
  if (self->connection != NULL)
    drop (self, g_steal_pointer (&self->connection));
  release_object (self);
}

static void connect_bus (PlModemMm *self);

static gboolean
on_reconnect (gpointer user_data)
{
  PlModemMm *self = user_data;

  g_clear_pointer (&self->reconnect, g_source_unref);
  connect_bus (self);
  return G_SOURCE_REMOVE;
}

static void
reconnect_later (PlModemMm *self, const char *what, const GError *error)
{
  g_autofree char *problem = g_strdup_printf ("%s: %s", what, error->message);

  drop_bus (self);
  self->reconnect = pl_modem_mm_after (self, RECONNECT_SECONDS, on_reconnect);
  pl_modem_mm_set_problem (self, problem);
}

/* The system's bus was started anew, which happens at upgrades. */
static void
on_bus_closed (PlModemMm *self)
{
  g_autoptr (PlModemMm) alive G_GNUC_UNUSED = g_object_ref (self);

  pl_debug (self, "the message bus is gone");
  drop_bus (self);
  self->reconnect = pl_modem_mm_after (self, RECONNECT_SECONDS, on_reconnect);
  pl_modem_mm_refresh (self);
}

static void
on_name_owner (PlModemMm *self)
{
  pl_modem_mm_refresh (self);
}

static void
on_manager (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PlModemMm) self = PL_MODEM_MM (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (MMManager) manager = mm_manager_new_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (manager == NULL) {
    reconnect_later (self, "ModemManager", error);
    return;
  }
  self->manager = g_steal_pointer (&manager);
  g_signal_connect_object (self->manager, "notify::name-owner", G_CALLBACK (on_name_owner),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->manager, "object-added", G_CALLBACK (on_object_added), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->manager, "object-removed", G_CALLBACK (on_object_removed),
                           self, G_CONNECT_SWAPPED);
  take_any_object (self);
  if (self->modem == NULL)
    pl_modem_mm_refresh (self);
}

static void
on_bus (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PlModemMm) self = PL_MODEM_MM (user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection
      = g_dbus_connection_new_for_address_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (connection == NULL) {
    reconnect_later (self, "no message bus", error);
    return;
  }
  self->connection = g_steal_pointer (&connection);
  g_signal_connect_object (self->connection, "closed", G_CALLBACK (on_bus_closed), self,
                           G_CONNECT_SWAPPED);
  mm_manager_new (self->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE, self->cancellable,
                  on_manager, g_object_ref (self));
}

/* Not the connection that g_bus_get() shares: that one cannot be had anew once it is closed. */
static void
connect_bus (PlModemMm *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *address
      = g_dbus_address_get_for_bus_sync (self->bus, self->cancellable, &error);

  if (address == NULL) {
    reconnect_later (self, "no message bus", error);
    return;
  }
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                         | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     /* observer = */ NULL, self->cancellable, on_bus,
                                     g_object_ref (self));
}

static void
start (PlModem *modem)
{
  PlModemMm *self = PL_MODEM_MM (modem);

  g_return_if_fail (self->cancellable == NULL);
  self->cancellable = g_cancellable_new ();
  connect_bus (self);
}

static void
stop (PlModem *modem)
{
  PlModemMm *self = PL_MODEM_MM (modem);

  if (self->cancellable == NULL)
    return;
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  drop_bus (self);
  pl_modem_mm_clear_status (self);
}

static const PlModemStatus *
get_status (PlModem *modem)
{
  return &PL_MODEM_MM (modem)->status;
}

static void
refuse_forwarding (PlModem *modem G_GNUC_UNUSED, GTask *task)
{
  g_task_return_new_error (task, PL_MODEM_ERROR, PL_MODEM_ERROR_UNSUPPORTED,
                           "ModemManager cannot ask for or change call forwarding");
  g_object_unref (task);
}

static void
on_ussd_left (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  const char *text = g_task_get_task_data (task);

  mm_modem_3gpp_ussd_cancel_finish (MM_MODEM_3GPP_USSD (source), result, /* error = */ NULL);
  g_task_return_pointer (task, g_strdup (text), g_free);
}

/* If it was a menu nobody will answer, and no other code goes out before it is left; where
 * there was none, leaving fails at once. The state that tells which it was comes later. */
static void
on_ussd (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;
  char *text = mm_modem_3gpp_ussd_initiate_finish (MM_MODEM_3GPP_USSD (source), result, &error);

  if (text == NULL) {
    pl_modem_mm_fail (task, error);
    return;
  }
  g_task_set_task_data (task, text, g_free);
  mm_modem_3gpp_ussd_cancel (MM_MODEM_3GPP_USSD (source), /* cancellable = */ NULL,
                             on_ussd_left, task);
}

static void
send_ussd (PlModem *modem, const char *code, GTask *task)
{
  PlModemMm *self = PL_MODEM_MM (modem);
  MMModem3gppUssd *ussd = self->object ? mm_object_peek_modem_3gpp_ussd (self->object) : NULL;

  if (pl_modem_mm_need (ussd, task))
    mm_modem_3gpp_ussd_initiate (ussd, code, g_task_get_cancellable (task), on_ussd, task);
}

static void
on_reset (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  mm_modem_reset_finish (MM_MODEM (source), result, &error);
  pl_modem_mm_finish (user_data, error);
}

static void
reset (PlModem *modem, GTask *task)
{
  PlModemMm *self = PL_MODEM_MM (modem);

  if (pl_modem_mm_need (self->modem, task))
    mm_modem_reset (self->modem, g_task_get_cancellable (task), on_reset, task);
}

static void
pl_modem_mm_dispose (GObject *object)
{
  stop (PL_MODEM (object));
  G_OBJECT_CLASS (pl_modem_mm_parent_class)->dispose (object);
}

static void
pl_modem_mm_finalize (GObject *object)
{
  PlModemMm *self = PL_MODEM_MM (object);

  pl_modem_mm_clear_status (self);
  g_ptr_array_unref (self->calls);
  g_main_context_unref (self->context);
  g_free (self->path);
  g_free (self->pin);
  G_OBJECT_CLASS (pl_modem_mm_parent_class)->finalize (object);
}

static void
pl_modem_mm_init (PlModemMm *self)
{
  self->context = g_main_context_ref_thread_default ();
  pl_modem_mm_clear_status (self);
  pl_modem_mm_init_calls (self);
}

static void
pl_modem_mm_class_init (PlModemMmClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pl_modem_mm_dispose;
  G_OBJECT_CLASS (klass)->finalize = pl_modem_mm_finalize;
}

static void
modem_iface_init (PlModemInterface *iface)
{
  iface->start = start;
  iface->stop = stop;
  iface->get_status = get_status;
  iface->get_audio_rate = pl_modem_mm_get_audio_rate;
  iface->enter_pin = pl_modem_mm_enter_pin;
  iface->dial = pl_modem_mm_dial;
  iface->answer = pl_modem_mm_answer;
  iface->hang_up = pl_modem_mm_hang_up;
  iface->send_dtmf = pl_modem_mm_send_dtmf;
  iface->chld = pl_modem_mm_chld;
  iface->sweep = pl_modem_mm_sweep;
  iface->delete_text = pl_modem_mm_delete_text;
  iface->count_parts = pl_modem_mm_count_parts;
  iface->prepare_part = pl_modem_mm_prepare_part;
  iface->send_prepared = pl_modem_mm_send_prepared;
  iface->get_forwarding = refuse_forwarding;
  iface->erase_forwarding = refuse_forwarding;
  iface->ussd = send_ussd;
  iface->reset = reset;
}

PlModem *
pl_modem_mm_new (const PlModemMmOptions *options, GError **error)
{
  if (options->path != NULL && !g_variant_is_object_path (options->path)) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, "'%s' is no D-Bus path",
                 options->path);
    return NULL;
  }
  PlModemMm *self = g_object_new (PL_TYPE_MODEM_MM, NULL);
  self->path = g_strdup (options->path);
  self->pin = g_strdup (options->pin);
  self->bus = options->bus;
  return PL_MODEM (self);
}
