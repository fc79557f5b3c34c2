/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "simbox/modem.h"
#include "tests/lib/pl-test.h"

/* What pl_modem_dial_async() and its sisters let through to an implementation. */

static void
test_numbers (void)
{
  static const struct {
    const char *number;
    gboolean good;
  } cases[] = {
    { "+491701234567", TRUE },
    { "0170", TRUE },
    { "*100#", TRUE },
    { "#", TRUE },
    { "12345678901234567890123456789012", TRUE },
    { "123456789012345678901234567890123", FALSE },
    { NULL, FALSE },
    { "", FALSE },
    { "+", FALSE },
    { "4+9", FALSE },
    { "++49", FALSE },
    { "+49 170", FALSE },
    { "+49;+CFUN=0", FALSE },
    { "49\r", FALSE },
    { "49\n", FALSE },
    { "49\"", FALSE },
    { "49,1", FALSE },
    { "49p1", FALSE },
    { "49A", FALSE },
    { "\xd9\xa1\xd9\xa2", FALSE }, /* Arabic digits */
    { "4\x1a", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    if (pl_modem_is_number (cases[i].number) != cases[i].good)
      g_error ("case %u: '%s'", i, cases[i].number ? cases[i].number : "(null)");
  }
}

/* An implementation that must not be reached by what is bad. */
#define TEST_TYPE_MODEM (test_modem_get_type ())
G_DECLARE_FINAL_TYPE (TestModem, test_modem, TEST, MODEM, GObject)

struct _TestModem {
  GObject parent;
  guint reached;
};

static void
reach (PlModem *modem, GTask *task)
{
  TEST_MODEM (modem)->reached++;
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
test_modem_dial (PlModem *modem, const char *number G_GNUC_UNUSED,
                 gboolean hide_number G_GNUC_UNUSED, GTask *task)
{
  reach (modem, task);
}

static void
test_modem_enter_pin (PlModem *modem, const char *pin G_GNUC_UNUSED, GTask *task)
{
  reach (modem, task);
}

static void
test_modem_send_dtmf (PlModem *modem, guint call G_GNUC_UNUSED,
                      const char *digits G_GNUC_UNUSED, GTask *task)
{
  reach (modem, task);
}

static void
test_modem_prepare_part (PlModem *modem, const char *number G_GNUC_UNUSED,
                         const char *text G_GNUC_UNUSED, guint part G_GNUC_UNUSED,
                         guint16 ref G_GNUC_UNUSED, GTask *task)
{
  reach (modem, task);
}

static void
test_modem_interface_init (PlModemInterface *iface)
{
  iface->dial = test_modem_dial;
  iface->enter_pin = test_modem_enter_pin;
  iface->send_dtmf = test_modem_send_dtmf;
  iface->prepare_part = test_modem_prepare_part;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestModem, test_modem, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (PL_TYPE_MODEM, test_modem_interface_init))

static void
test_modem_class_init (TestModemClass *class G_GNUC_UNUSED)
{
}

static void
test_modem_init (TestModem *self G_GNUC_UNUSED)
{
}

static void
on_done (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
expect (PlModem *modem, GAsyncResult **result, gboolean reached)
{
  g_autoptr (GError) error = NULL;

  while (*result == NULL)
    g_main_context_iteration (NULL, /* may_block = */ TRUE);
  g_assert_cmpint (pl_modem_finish (modem, *result, &error), ==, reached);
  if (!reached)
    g_assert_error (error, PL_MODEM_ERROR, PL_MODEM_ERROR_INVALID);
  g_assert_cmpuint (TEST_MODEM (modem)->reached, ==, reached ? 1 : 0);
  TEST_MODEM (modem)->reached = 0;
  g_clear_object (result);
}

static void
test_arguments (void)
{
  g_autoptr (PlModem) modem = g_object_new (TEST_TYPE_MODEM, NULL);
  GAsyncResult *result = NULL;
  g_autofree char *many = g_strnfill (PL_MAX_TONES + 1, '5');
  const char *pins[] = { "123", "123456789", "12a4", "12\"4", "" };
  const char *tones[] = { "", "E", "a", "1;", "5\"", many };

  pl_modem_dial_async (modem, "+49170", FALSE, NULL, on_done, &result);
  expect (modem, &result, TRUE);
  pl_modem_dial_async (modem, "+49;+CFUN=0", FALSE, NULL, on_done, &result);
  expect (modem, &result, FALSE);
  pl_modem_prepare_part_async (modem, "49\x1a", "text", 0, 0, NULL, on_done, &result);
  expect (modem, &result, FALSE);
  pl_modem_enter_pin_async (modem, "1234", NULL, on_done, &result);
  expect (modem, &result, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (pins); i++) {
    pl_modem_enter_pin_async (modem, pins[i], NULL, on_done, &result);
    expect (modem, &result, FALSE);
  }
  pl_modem_send_dtmf_async (modem, 1, "0123456789*#ABCD", NULL, on_done, &result);
  expect (modem, &result, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (tones); i++) {
    pl_modem_send_dtmf_async (modem, 1, tones[i], NULL, on_done, &result);
    expect (modem, &result, FALSE);
  }
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/modem/numbers", test_numbers);
  g_test_add_func ("/modem/arguments", test_arguments);
  return g_test_run ();
}
