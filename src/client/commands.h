/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/options.h"
#include "client/reporter.h"

#include <stdio.h>

/** One command; each returns the exit status and reports its errors. */
int pl_command_code (const PlOptions *options, PlReporter *reporter);
int pl_command_pipe (const PlOptions *options, PlReporter *reporter);
int pl_command_ports (const PlOptions *options, PlReporter *reporter);
int pl_command_pair (const PlOptions *options, PlReporter *reporter);
int pl_command_boxes (const PlOptions *options, PlReporter *reporter);
int pl_command_status (const PlOptions *options, PlReporter *reporter);
int pl_command_calls (const PlOptions *options, PlReporter *reporter);
int pl_command_dnd (const PlOptions *options, PlReporter *reporter);
int pl_command_sim (const PlOptions *options, PlReporter *reporter);
int pl_command_sms (const PlOptions *options, PlReporter *reporter);
int pl_command_contacts (const PlOptions *options, PlReporter *reporter);
int pl_command_call (const PlOptions *options, PlReporter *reporter);
int pl_command_answer (const PlOptions *options, PlReporter *reporter);
int pl_command_hangup (const PlOptions *options, PlReporter *reporter);
int pl_command_block (const PlOptions *options, PlReporter *reporter);
int pl_command_clients (const PlOptions *options, PlReporter *reporter);
int pl_command_voicemail (const PlOptions *options, PlReporter *reporter);

typedef struct {
  PlUsage usage;
  int (*run) (const PlOptions *options, PlReporter *reporter);
} PlCommand;

/** NULL: there is none of that name. */
const PlCommand *pl_commands_find (const char *name);

/** The help of the program: all commands, a line each. */
void pl_commands_print_help (FILE *file);
