/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Everything that a remote can make us keep has its limit here, and a test that meets it.
 * Sizes are bytes, times microseconds, unless the name says otherwise. */

/* Signaling (PROTOCOL.md, "Limits"). */
#define PL_MAX_SIGNAL_MESSAGE   (64 * 1024) /* one WebSocket message, fragments added up */
#define PL_MAX_JSON_DEPTH       8           /* objects and arrays inside each other */
#define PL_MAX_JSON_VALUES      256         /* in one message */
#define PL_MAX_ROOM_NAME        64          /* characters */
#define PL_MAX_NAMEPLATE        9           /* digits */
#define PL_MAX_MEMBER_ID        32          /* characters */
#define PL_MAX_AGENT            64          /* bytes of UTF-8 */
#define PL_MAX_TOKEN            64          /* characters */
#define PL_MAX_ERROR_TEXT       256         /* bytes of UTF-8 */
#define PL_MAX_MEMBER_NAME      64          /* bytes of UTF-8 */
#define PL_MAX_MEMBERS          16
#define PL_MAX_ENVELOPE         (60 * 1024) /* base64 characters of one sealed body */
#define PL_MAX_ROOMS_PER_CLIENT 4
#define PL_MAX_PENDING_REQUESTS 256 /* of ours, that the server has not answered */
#define PL_MAX_ICE_SERVERS      8
#define PL_MAX_ICE_URIS         8   /* in one server entry */
#define PL_MAX_ICE_URI          256 /* characters; of a credential too */

/* The signaling server. */
#define PL_MESSAGES_PER_S              50 /* of a connection */
#define PL_MESSAGES_BURST              200
#define PL_BYTES_PER_S                 (256 * 1024)
#define PL_BYTES_BURST                 (1024 * 1024)
#define PL_MAX_WAITING_OUTPUT          (256 * 1024) /* sent to a session and not known to be read */
#define PL_MAX_CONNECTIONS_PER_ADDRESS 64 /* that are not WebSockets yet, or load a page */
#define PL_MAX_WEBSOCKETS_PER_ADDRESS  64
#define PL_CONNECTIONS_PER_S           10 /* new ones of an address */
#define PL_CONNECTIONS_BURST           128
#define PL_MAX_SESSIONS_PER_ADDRESS    256 /* with those that wait to be resumed */
#define PL_MAX_NAMEPLATES_PER_ADDRESS  32
#define PL_MAX_FAILED_JOINS            10 /* of an address at once */
#define PL_FAILED_JOIN_SECONDS         30 /* until it may fail once more */
#define PL_MAX_ADDRESSES               65536
#define PL_MAX_HALF_OPEN               512 /* accepted and not yet WebSockets */
#define PL_MAX_REQUESTS                32  /* for pages, over one connection */
#define PL_MAX_ROOMS                   100000

/* Web Push. A payload is at most what fits in one record of 4096 bytes (RFC 8291 section 4). */
#define PL_MAX_PUSH_ENDPOINT      1024 /* characters */
#define PL_MAX_PUSH_KEY           88   /* characters: base64 of an uncompressed point */
#define PL_MAX_PUSH_BYTES         3993
#define PL_MAX_PUSH_PAYLOAD       5324 /* the same as base64 */
#define PL_MAX_PUSH_TOPIC         32   /* characters, RFC 8030 5.4 */
#define PL_MAX_PUSH_TTL_S         (7 * 24 * 3600)
#define PL_MAX_PUSHES             64 /* under way at the server, */
#define PL_MAX_PUSHES_PER_CLIENT  16 /* and of one session, */
#define PL_MAX_PUSHES_PER_ADDRESS 16 /* and of all sessions of one address */
#define PL_PUSHES_PER_MINUTE      60 /* of a session */
#define PL_PUSHES_BURST           40
#define PL_ADDRESS_PUSHES_PER_S   2 /* of an address */
#define PL_ADDRESS_PUSHES_BURST   80
#define PL_ALL_PUSHES_PER_S       50 /* of all sessions */
#define PL_ALL_PUSHES_BURST       500
#define PL_MAX_PUSH_SUBSCRIPTIONS 8   /* of one client, that the box keeps */
#define PL_MAX_PUSH_QUEUE         256 /* that wait in the box */
#define PL_MAX_PUSH_ADDRESSES     16  /* that a push service's name may have */

/* Rendezvous. */
#define PL_MAX_WRONG_GUESSES 3 /* burn a generated code */

/* The box. */
#define PL_MAX_CLIENTS        16 /* that are authorised */
#define PL_MAX_CONNECTIONS    8  /* of one client */
#define PL_MAX_RPC_MESSAGE    (64 * 1024)
#define PL_MAX_RPC_PAGE       16          /* entries of a list in one answer */
#define PL_MAX_RPC_CONTACTS   64          /* the same, of contacts */
#define PL_MAX_RPC_PAGE_BYTES (56 * 1024) /* of JSON */
#define PL_MAX_RPC_VCARDS     (48 * 1024)
#define PL_MAX_RPC_SEQS       200 /* texts that one request deletes */
#define PL_MAX_SEARCH         256 /* bytes of what texts are searched for */
#define PL_MAX_RPC_CALLS      64  /* of one channel, that have no answer yet */
#define PL_MAX_MODEM_REQUESTS 4   /* of a connection, that its answer takes */
#define PL_MAX_RPC_BUFFERED   (1024 * 1024)
#define PL_RPC_MESSAGES_PER_S 50
#define PL_RPC_BURST          200
#define PL_MAX_IDENTITY_FILE  1024

/* Negotiation. */
#define PL_MAX_SDP               (32 * 1024)
#define PL_MAX_SDP_LINES         1024
#define PL_MAX_MEDIA             4
#define PL_MAX_MID               64
#define PL_MAX_CANDIDATES        64 /* of one remote, beyond that they are ignored */
#define PL_MAX_CANDIDATE_LINE    512
#define PL_MAX_QUEUED_CANDIDATES 32 /* that came before their description */

/* The connection. */
#define PL_MTU               1191 /* SCTP packet: in DTLS, TURN, UDP and IPv6 it makes 1280 */
#define PL_MAX_DATAGRAM      2048
#define PL_MAX_HELD_BYTES    (64 * 1024) /* datagrams that wait for the first pair */
#define PL_MAX_HELD_RTP      2048        /* RTP behind a path that is not writable */
#define PL_MAX_TURN_TUNNELS  32          /* connections to one TURN server over TLS */
#define PL_MAX_CHANNELS      1024
#define PL_MAX_LABEL         256           /* bytes of UTF-8 */
#define PL_MAX_MESSAGE_SIZE  (256 * 1024)  /* what we announce as a=max-message-size */
#define PL_MAX_PENDING_INPUT (1024 * 1024) /* received and not yet taken, per connection */

/* Voice. */
#define PL_MAX_RTP_SOURCES   16 /* SSRCs of one remote in a connection */
#define PL_MAX_VOICE_PACKETS 64 /* encoded and not yet handed to the path */

/* Streams. */
#define PL_STREAM_MESSAGE        (64 * 1024)        /* largest data message of a stream */
#define PL_STREAM_WINDOW         (1024 * 1024)      /* credit at the start of a stream */
#define PL_STREAM_PLAIN_BUFFER   (16 * 1024 * 1024) /* held of a remote that knows no credit */
#define PL_MAX_STREAM_CONTROL    1024               /* one control message */
#define PL_MAX_STREAMS           64  /* one remote's that wait for a reader or have one */
#define PL_MAX_LOCAL_CONNECTIONS 256 /* of one local port */

/* The SIM box. */
#define PL_MAX_NUMBER       32  /* characters of a phone number */
#define PL_MAX_TONES        64  /* DTMF digits in one request */
#define PL_MAX_SMS_RAW      512 /* octets kept of one that a modem lists; a whole one has 176 */
#define PL_MAX_AT_LINE      2048 /* bytes of one line of a modem; longer ones are dropped */
#define PL_MAX_AT_LINES     2048 /* that wait to be taken */
#define PL_MAX_MM_TEXT      4096 /* bytes of UTF-8 of a text that ModemManager takes apart */
#define PL_MAX_AT_COMMANDS  256  /* that wait for the modem */
#define PL_MAX_AT_OUTPUT    4096 /* bytes that wait for its port */
#define PL_MAX_DIRECT_TEXTS 100  /* that came without being stored */

/* The SIM box: what its clients can make it keep. */
#define PL_MAX_TEXT_PARTS  40          /* of one outgoing text */
#define PL_MAX_TEXT        (12 * 1024) /* bytes of UTF-8, what so many parts hold */
#define PL_MAX_TEXT_ID     64          /* characters of the id that a client gives */
#define PL_MAX_QUEUED_OUT  2000        /* parts that wait to be sent */
#define PL_MAX_CALLS       8
#define PL_MAX_LIST        500   /* texts, calls in one answer */
#define PL_MAX_CONTACTS    10000 /* numbers with a name */
#define PL_MAX_CONTACT     128   /* bytes of UTF-8 of a name */
#define PL_MAX_CLIENT_NAME 64    /* bytes of UTF-8 */
#define PL_MAX_BLOCKED     1000  /* numbers */
#define PL_MAX_DELETIONS   10000 /* that clients which were away can still hear of */

/* Contacts that a client reads from a file. */
#define PL_MAX_VCARD_LINE    (8 * 1024)         /* of one property; pictures are cut there */
#define PL_MAX_VCARD_NUMBERS 16                 /* of one contact */
#define PL_MAX_VCARD_INPUT   (64 * 1024 * 1024) /* bytes from standard input */

/* Voicemail. */
#define PL_MAX_GREETING_SECONDS 60
#define PL_MAX_GREETING_BYTES   (48000 * 2 * PL_MAX_GREETING_SECONDS + 4096) /* of a WAV file */
#define PL_MAX_ANSWERER_BLOCKS  250 /* of 20 ms, that wait while the disk is slow */
#define PL_MAX_VOICEMAILS       500
#define PL_MAX_MAIL_STREAMS     4 /* that one client fetches at a time */
