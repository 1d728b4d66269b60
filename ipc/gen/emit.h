/* ipc/gen/emit.h - a file of what is generated each, written to @out. */
#ifndef IPC_GEN_EMIT_H
#define IPC_GEN_EMIT_H

#include "ipc/gen/schema.h"

#include <stdio.h>

typedef void gen_emit(FILE *out, struct gen *gen, const struct gen_file *file);

gen_emit gen_emit_messages;    /* STEM.proto: the messages, for protoc-c */
gen_emit gen_emit_header;      /* STEM.brig.h: handlers, replies, stubs */
gen_emit gen_emit_source;      /* STEM.brig.c: the three that follow */
gen_emit gen_emit_rules;       /* its part: bounds of the messages */
gen_emit gen_emit_methods;     /* its part: the dispatch table */
gen_emit gen_emit_stubs;       /* its part: calls and replies */
gen_emit gen_emit_permissions; /* STEM.permissions.json: who may call what */
gen_emit gen_emit_matrix;      /* STEM.permissions.md: the same, to be read */
gen_emit gen_emit_fuzz;        /* STEM.fuzz.c: a harness for libFuzzer */

/* The file's messages, one after the other, the first after NULL; NULL: no more. */
struct gen_message *gen_next_message(const struct gen *gen, const struct gen_file *file,
				     const struct gen_message *message);

/* The file that another is imported from; NULL: one of ours, that leaves nothing in C. */
const struct gen_file *gen_imported(const struct gen *gen, const char *name);
bool gen_has_caller(const struct gen_service *service, Brig__Caller caller);
/* Prototypes; the body, or a semicolon, is the caller's. */
void gen_emit_call_prototype(FILE *out, const struct gen_service *service,
			     const struct gen_method *method);
void gen_emit_sync_prototype(FILE *out, const struct gen_service *service,
			     const struct gen_method *method);
void gen_emit_reply_prototype(FILE *out, const struct gen_service *service,
			      const struct gen_method *method);
/* BRIG_FD_… */
const char *gen_fd_name(Brig__Fd kind);

#endif
