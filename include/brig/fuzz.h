/*
 * brig/fuzz.h - for harnesses of fuzzers. protoc-gen-brig makes one of each .proto file,
 * FILE.fuzz.c: compile it with -fsanitize=fuzzer and link it with the file's other code.
 *
 * Threads: one at a time. Signal handlers: no. Blocking: never, unless it is said. Kernel: any.
 */
#ifndef BRIG_FUZZ_H
#define BRIG_FUZZ_H

#include <brig/export.h>
#include <brig/schema.h>

#include <stddef.h>
#include <stdint.h>

BRIG_BEGIN_DECLS

/**
 * One input of a fuzzer: which method, as request or as reply, and the bytes of its payload. What
 * the schema's rules let through must be what protobuf-c reads, within the memory that the schema
 * promises, and be lawful when it is written again; else this ends the process by abort(3), which
 * is what fuzzers look for.
 *
 * @services borrowed; NULL ends them. @data borrowed, @n bytes: one of service, one of method
 *           (its lowest bit: reply), then the payload.
 */
BRIG_API void brig_fuzz_message(const struct brig_service *const *services, const uint8_t *data,
				size_t n);

/**
 * What children said in a journal, as inputs of brig_fuzz_message(): a journal is a corpus.
 *
 * @services as there, in the same order. @fd borrowed; a journal (brig/journal.h), read from its
 *           start, which moves its offset.
 * @seed     called once a request, event or reply of a child whose payload is on record and whose
 *           service is one of these; @data is valid until it returns.
 *
 * Returns how many, or -EINVAL no @services or @seed, -ENOMSG it is no journal, -EBADMSG it ends
 * within a record (what came before was told), -EBADF, -ESPIPE, -EMFILE, -ENOMEM, -EIO.
 * Blocks: on the file system.
 */
BRIG_API BRIG_MUST_USE int64_t brig_fuzz_seeds(const struct brig_service *const *services, int fd,
					       void (*seed)(void *user,
							    const struct brig_method *method,
							    const uint8_t *data, size_t n),
					       void *user);

BRIG_END_DECLS

#endif
