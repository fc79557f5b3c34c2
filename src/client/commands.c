/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "client/commands.h"

/* What `punchline` can do, in the order of its help. */

static const PlCommand commands[] = {
  { { PL_COMMAND_CODE, "code", "", "Reserve a code and print it.",
      "Examples:\n"
      "  punchline code                      a code for both sides of a pipe or of ports\n" },
    pl_command_code },
  { { PL_COMMAND_PIPE, "pipe", "[CODE]",
      "Standard input goes to the other side's standard output, and back.",
      "Without CODE one is made, and the command for the other side is printed.\n\n"
      "Examples:\n"
      "  tar c photos | punchline pipe       prints a code, and waits\n"
      "  punchline pipe CODE | tar x         on the other side\n" },
    pl_command_pipe },
  { { PL_COMMAND_PORTS, "ports", "[CODE]",
      "Two local TCP ports: what one side writes to its write port, the other reads from its "
      "read port.",
      "Without CODE one is made. The ports are open to this machine alone. Each connection is\n"
      "one stream; readers get the streams in the order in which their writers began.\n\n"
      "Examples:\n"
      "  punchline ports CODE                       on both sides\n"
      "  nc -N 127.0.0.1 10100 < file               here: into the write port\n"
      "  nc 127.0.0.1 10200 > file                  there: out of the read port\n"
      "  punchline ports --slide-stream-ports CODE  10101 and 10201, to try it on one machine\n"
      "  punchline ports --accept-files ~/in CODE   let the other side send files by name\n" },
    pl_command_ports },
  { { PL_COMMAND_PAIR, "pair", "[CODE|LINK]", "Pair with a SIM box, once.",
      "Code and link come from 'punchline-boxd pair' on the box; without one it is read from\n"
      "standard input. The link says which signaling server it is, too. The name of the box\n"
      "goes to standard output.\n\n"
      "Examples:\n"
      "  punchline pair                      asks for it\n"
      "  punchline pair --signaling https://phone.example 417-walnut-harbor-ember\n"
      "  punchline pair 'https://phone.example/#pair=417-walnut-harbor-ember'\n" },
    pl_command_pair },
  { { PL_COMMAND_BOXES, "boxes", "", "List the boxes that we are paired with.",
      "Examples:\n"
      "  punchline boxes --json              one object a line: box, signaling, rights\n" },
    pl_command_boxes },
  { { PL_COMMAND_PHONE, "status", "", "Say how the box is: network, signal, voicemail.",
      "Examples:\n"
      "  punchline status --box home\n" },
    pl_command_status },
  { { PL_COMMAND_PHONE, "dnd", "on|off", "Do not disturb: voicemail takes calls at once.",
      "Examples:\n"
      "  punchline dnd on\n",
      1, 1 },
    pl_command_dnd },
  { { PL_COMMAND_PHONE, "sim", "pin | ussd CODE | forwarding [off]",
      "The SIM card: its PIN, codes for its network, the operator's voicemail.",
      "The PIN is read from standard input. The box sends the codes that its owner allows\n"
      "(allow=*100#). 'forwarding' says where calls go that nobody answers.\n\n"
      "Examples:\n"
      "  punchline sim pin                   asks for it; the last two tries stay yours\n"
      "  punchline sim ussd '*100#'          how much is left\n"
      "  punchline sim forwarding off        the box's voicemail is the only one then\n",
      1, 2 },
    pl_command_sim },
  { { PL_COMMAND_SMS, "sms",
      "send NUMBER TEXT | list [NUMBER] | search WORDS [NUMBER] | watch | read NUMBER | "
      "delete SEQ... | delete all NUMBER",
      "Send texts, list them, find them, wait for them.",
      "'send' ends when the network has the text, with --wait when the other phone has it;\n"
      "TEXT - is read from standard input. 'watch' goes on when the box or the network is "
      "away\n"
      "for a while, and prints what came meanwhile, once.\n"
      "'search' finds words whatever their case, newest first. What is read or deleted is so "
      "for\n"
      "all clients; SEQ is the first word of a line of 'list'.\n"
      "With --json one object a line: seq, number, text, direction, state, time, read, id.\n\n"
      "Examples:\n"
      "  punchline sms send +491701234567 'On my way'\n"
      "  fortune | punchline sms send --wait +491701234567 -\n"
      "  punchline sms list --json\n"
      "  punchline sms search invoice        in all of them\n"
      "  punchline sms watch                 until interrupted\n"
      "  punchline sms delete 12 15          these two\n"
      "  punchline sms delete all +491701234567\n",
      1, 100 },
    pl_command_sms },
  { { PL_COMMAND_CONTACTS, "contacts",
      "import FILE | list [WORD] | set NUMBER NAME | delete NUMBER",
      "Names for numbers, kept by the box for all clients.",
      "FILE is what a phone or an address book exports: vCards of version 2.1, 3.0 or 4.0;\n"
      "- is standard input. A number that is there already gets the new name.\n\n"
      "Examples:\n"
      "  punchline contacts import contacts.vcf\n"
      "  punchline contacts import --replace contacts.vcf\n"
      "  punchline contacts list anna        those with this in the name or the number\n"
      "  punchline contacts set +491701234567 'Anna B.'\n",
      1, 3 },
    pl_command_contacts },
  { { PL_COMMAND_CALL, "call", "NUMBER", "Call a number; Ctrl-C hangs up.",
      "Ends with the call: status 0 if it was answered.\n\n"
      "Examples:\n"
      "  punchline call +491701234567\n"
      "  punchline call 222 --play question.wav --record answer.wav --dtmf 1\n",
      1, 1 },
    pl_command_call },
  { { PL_COMMAND_CALL, "answer", "", "Answer the call that rings, or the next one.",
      "Ends with the call.\n\n"
      "Examples:\n"
      "  punchline answer --record call.wav\n" },
    pl_command_answer },
  { { PL_COMMAND_PHONE, "calls", "[list] | delete SEQ | delete all",
      "List the calls, newest first; take them out of the log.",
      "With --json one object a line: number, direction, state, time, seconds, seq, id.\n"
      "What was missed is counted by 'punchline status' until it was shown there or here.\n\n"
      "Examples:\n"
      "  punchline calls | head\n"
      "  punchline calls delete 17           the first word of its line\n",
      0, 2 },
    pl_command_calls },
  { { PL_COMMAND_PHONE, "hangup", "", "Reject a call that rings, end one that is ours.",
      "Examples:\n"
      "  punchline hangup\n" },
    pl_command_hangup },
  { { PL_COMMAND_PHONE, "block", "list | add NUMBER | remove NUMBER",
      "Numbers whose calls and texts nobody wants to hear of.",
      "Their calls are rejected and ring nowhere; their texts are kept, as read. What a "
      "service\n"
      "calls itself is a number, too.\n\n"
      "Examples:\n"
      "  punchline block add +491701234567\n"
      "  punchline block add Lotto\n",
      1, 2 },
    pl_command_block },
  { { PL_COMMAND_PHONE, "clients", "list | remove NAME",
      "The devices that are paired with the box.",
      "Whoever has all rights may remove others, and each may remove itself.\n\n"
      "Examples:\n"
      "  punchline clients list\n"
      "  punchline clients remove old-phone  it is disconnected at once, and for good\n",
      1, 2 },
    pl_command_clients },
  { { PL_COMMAND_VOICEMAIL, "voicemail",
      "list | watch | play ID | unheard ID | save ID FILE | delete ID | greeting ...",
      "What callers said when nobody answered, and what they hear before.",
      "'greeting' says which one callers hear, 'greeting set FILE' takes one from a file of\n"
      "sound of at most 60 seconds, 'greeting play' and 'greeting save FILE' give it back,\n"
      "'greeting reset' returns to that of the box. It must say that the message is recorded.\n"
      "What is saved is Opus in Ogg; 'play --record' makes a WAV file of it.\n\n"
      "Examples:\n"
      "  punchline voicemail list            newest first\n"
      "  punchline voicemail watch           how many are unheard, until interrupted\n"
      "  punchline voicemail play 3          and all clients see it as heard\n"
      "  punchline voicemail play 3 --from 0:30\n"
      "  punchline voicemail unheard 3       for later\n"
      "  punchline voicemail save 3 aunt.ogg\n"
      "  punchline voicemail greeting set hello.wav\n",
      1, 3 },
    pl_command_voicemail },
};

void
pl_commands_print_help (FILE *file)
{
  fprintf (
      file,
      "Usage:\n  punchline COMMAND [OPTION...]\n\n"
      "Connects two machines that share a code, directly where their NATs allow it, and an\n"
      "owner with the SIM box at home.\n\n"
      "Commands:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    fprintf (file, "  %-10s %s\n", commands[i].usage.name, commands[i].usage.summary);
  fprintf (file, "\n'punchline COMMAND --help' shows options and examples, 'man punchline' "
                 "everything.\n");
}

const PlCommand *
pl_commands_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].usage.name, name))
      return &commands[i];
  return NULL;
}
