/* A harness for libFuzzer: what the rules let through must be what protobuf-c reads. */
#include "ipc/gen/emit.h"

void gen_emit_fuzz(FILE *out, struct gen *gen, const struct gen_file *file)
{
	(void)gen;
	fprintf(out,
		"/* Made by protoc-gen-brig of %s; edit that. */\n#include \"%s.brig.h\"\n\n"
		"#include <brig/fuzz.h>\n\nstatic const struct brig_service *const services[] = "
		"{\n",
		file->proto->name, file->stem);
	for (size_t i = 0; i < file->n_services; i++)
		fprintf(out, "\t&%s_service,\n", file->services[i].lower);
	fprintf(out,
		"\tNULL,\n};\n\nint LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);\n\n"
		"int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)\n{\n"
		"\tbrig_fuzz_message(services, data, size);\n\treturn 0;\n}\n");
}
