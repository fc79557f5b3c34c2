# SPDX-License-Identifier: LGPL-2.1-or-later
# PL_SANITIZERS
# --enable-asan: AddressSanitizer and UndefinedBehaviorSanitizer, in variables of ours, never in the
# user's CFLAGS. Sets PL_SANITIZER_CFLAGS and PL_SANITIZER_LDFLAGS.
AC_DEFUN([PL_SANITIZERS],
[AC_ARG_ENABLE([asan],
   [AS_HELP_STRING([--enable-asan], [build with AddressSanitizer and UndefinedBehaviorSanitizer])],
   [], [enable_asan=no])
 PL_SANITIZER_CFLAGS=
 PL_SANITIZER_LDFLAGS=
 AS_IF([test "x$enable_asan" = xyes],
   [PL_SANITIZER_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"
    PL_SANITIZER_LDFLAGS="-fsanitize=address,undefined"])
 AM_CONDITIONAL([PL_ASAN], [test "x$enable_asan" = xyes])
 AC_SUBST([enable_asan])
 AC_SUBST([PL_SANITIZER_CFLAGS])
 AC_SUBST([PL_SANITIZER_LDFLAGS])])
