/*
 * brig/schema.h - what protoc-gen-brig makes of a .proto file: const tables, which the generated
 * code defines and libbrig reads. Nobody writes them by hand.
 *
 * Threads: any. Signal handlers: yes. Blocking: never. They are constants.
 */
#ifndef BRIG_SCHEMA_H
#define BRIG_SCHEMA_H

#include <brig/export.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

struct brig_answer;
struct brig_request;
struct brig_message_rules;

typedef void brig_any_fn(void);

enum brig_field_kind {
	BRIG_FIELD_BOOL,
	BRIG_FIELD_UNSIGNED, /* uint32, uint64 */
	BRIG_FIELD_SIGNED,   /* int32, int64 */
	BRIG_FIELD_ZIGZAG,   /* sint32, sint64 */
	BRIG_FIELD_FIXED32,
	BRIG_FIELD_FIXED64,
	BRIG_FIELD_SFIXED32,
	BRIG_FIELD_SFIXED64,
	BRIG_FIELD_FLOAT, /* floats are finite: NaN and infinities are refused */
	BRIG_FIELD_DOUBLE,
	BRIG_FIELD_ENUM,
	BRIG_FIELD_BYTES,
	BRIG_FIELD_STRING, /* UTF-8 without NUL */
	BRIG_FIELD_MESSAGE
};

#define BRIG_FIELD_REPEATED 0x01u
#define BRIG_FIELD_UTF8     0x02u
#define BRIG_FIELD_TEXT     0x04u /* UTF-8 without control characters */
#define BRIG_FIELD_BASENAME 0x08u /* a file's name, no path */
#define BRIG_FIELD_SECRET   0x10u /* never in a journal or a log */
#define BRIG_FIELD_NEEDED   0x20u /* to leave it out is a breach */
#define BRIG_FIELD_NO_NUL   0x40u /* bytes that may become a C string */

/* One field's bounds. A message's are sorted by number. */
struct brig_field_rule {
	const char *name; /* as the schema spells it */
	uint32_t number;
	uint8_t kind;                  /* enum brig_field_kind */
	uint8_t flags;                 /* BRIG_FIELD_… */
	uint8_t oneof;                 /* n + 1: member of oneof n; 0: of none */
	uint8_t factor;                /* n + 1: factor n of the message's products; 0: of none */
	uint32_t min_len, max_len;     /* bytes of a string or of bytes */
	uint32_t min_count, max_count; /* elements, if repeated */
	int64_t min;                   /* of integers and enums, for unsigned ones at least 0 */
	uint64_t max;                  /* of the same; below 2^63 for signed ones */
	const int32_t *values;         /* of an enum, sorted */
	size_t n_values;
	const struct brig_message_rules *message; /* of kind MESSAGE */
};

#define BRIG_FACTORS_MAX 4

struct brig_product {
	uint8_t factors[BRIG_FACTORS_MAX]; /* as in brig_field_rule.factor; 0 ends them */
	uint64_t max;
};

struct brig_message_rules {
	const char *name;       /* "my.app.Hello" */
	const void *descriptor; /* const ProtobufCMessageDescriptor *, for unpacking */
	const struct brig_field_rule *fields;
	size_t n_fields; /* at most 64 */
	const struct brig_product *products;
	size_t n_products;
	uint32_t max_bytes; /* the most that a message which keeps the rules can have, encoded */
	uint32_t memory;    /* and takes, unpacked, if it can have more than 64 KiB; else 0 */
};

/* What a descriptor must be when it arrives; the numbers are those of brig/options.proto. */
enum brig_fd_kind {
	BRIG_FD_NONE = 0,
	BRIG_FD_REGULAR_RO = 1,
	BRIG_FD_REGULAR_RW = 2,
	BRIG_FD_MEMFD_SEALED = 3, /* sealed against shrinking and growing */
	BRIG_FD_PIPE = 4,
	BRIG_FD_SOCKETPAIR = 5, /* a connected Unix socket without a name */
	BRIG_FD_LISTENING_SOCKET = 6,
	BRIG_FD_EVENTFD = 7,
	BRIG_FD_LISTENER = 8, /* a seccomp filter's */
	BRIG_FD_KIND_COUNT
};

#define BRIG_FDS_MAX        4           /* in one message */
#define BRIG_MESSAGE_MEMORY 131072      /* bytes, for one message that was unpacked */
#define BRIG_SPILL_MEMORY   (64u << 20) /* the same of one that may go through shared memory */

enum brig_caller { BRIG_FROM_CHILD = 0, BRIG_FROM_BROKER = 1 };

/* Bits of brig_method.states. */
#define BRIG_IN_LAUNCHING 0x1u
#define BRIG_IN_READY     0x2u
#define BRIG_IN_LOCKED    0x4u

#define BRIG_METHOD_ONEWAY 0x1u /* no reply comes */
#define BRIG_METHOD_DROP   0x2u /* to a peer that doesn't read: dropped, instead of ending it */
#define BRIG_METHOD_SPILL  0x4u /* over 64 KiB request and reply go through shared memory */

struct brig_method {
	const char *name; /* "files.open" */
	uint16_t service, method;
	uint8_t caller; /* enum brig_caller */
	uint8_t flags;  /* BRIG_METHOD_… */
	uint8_t n_fds_in, n_fds_out;
	uint8_t fds_in[BRIG_FDS_MAX], fds_out[BRIG_FDS_MAX]; /* enum brig_fd_kind */
	uint32_t states;                                     /* in which a child may call it */
	uint32_t max_bytes;                                  /* of a request's payload */
	uint32_t max_inflight;                               /* of one peer */
	uint32_t rate;          /* of one peer, calls a second; 0: no rate of its own */
	uint32_t deadline_ms;   /* the longest that it may take; 0: it is oneway */
	const char *permission; /* "files.read"; NULL: its role is enough */
	const struct brig_message_rules *request;
	const struct brig_message_rules *reply; /* NULL: it is oneway */
	/* Calls the method's function of @handlers, a struct of the generated header. */
	int (*run)(const void *handlers, void *user, struct brig_request *call,
		   const void *request);
	/* Calls @on_reply, which was cast from the method's own type of function. */
	void (*done)(brig_any_fn *on_reply, void *user, struct brig_answer *answer);
};

struct brig_service {
	const char *name; /* "files" */
	uint16_t id;
	uint16_t version, oldest; /* what it is, and the oldest that it understands */
	uint64_t hash; /* of its file, comments apart: the same version must have the same */
	const char *const *roles; /* that may call it; NULL ends them */
	const struct brig_method *methods;
	size_t n_methods;
};

BRIG_END_DECLS

#endif
