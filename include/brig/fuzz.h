/*
 * brig/fuzz.h - for harnesses of fuzzers. protoc-gen-brig makes one of each .proto file,
 * FILE.fuzz.c: compile it with -fsanitize=fuzzer and link it with the file's other code.
 *
 * Threads: one at a time. Signal handlers: no. Blocking: never. Kernel: any.
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

BRIG_END_DECLS

#endif
