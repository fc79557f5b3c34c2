# SPDX-License-Identifier: LGPL-2.1-or-later
# PL_FUZZING
# --enable-fuzzing: link the targets in tests/fuzz with libFuzzer (needs clang). Without it they are
# linked with replay.c, which runs the committed corpus as an ordinary test.
AC_DEFUN([PL_FUZZING],
[AC_ARG_ENABLE([fuzzing],
   [AS_HELP_STRING([--enable-fuzzing], [link the fuzz targets with libFuzzer (clang only)])],
   [], [enable_fuzzing=no])
 PL_FUZZ_CFLAGS=
 PL_FUZZ_LDFLAGS=
 AS_IF([test "x$enable_fuzzing" = xyes],
   [AC_MSG_CHECKING([whether $CC links libFuzzer])
    pl_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -fsanitize=fuzzer"
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
      #include <stddef.h>
      #include <stdint.h>
      int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len) { (void) data; (void) len; return 0; }]])],
      [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([--enable-fuzzing needs clang with libFuzzer: install clang and libclang-rt-14-dev, then run ./configure CC=clang --enable-fuzzing])])
    CFLAGS=$pl_save_CFLAGS
    PL_FUZZ_CFLAGS="-fsanitize=fuzzer-no-link"
    PL_FUZZ_LDFLAGS="-fsanitize=fuzzer"])
 AM_CONDITIONAL([PL_FUZZING], [test "x$enable_fuzzing" = xyes])
 AC_SUBST([PL_FUZZ_CFLAGS])
 AC_SUBST([PL_FUZZ_LDFLAGS])])
