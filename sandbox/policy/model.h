/*
 * sandbox/policy/model.h - what a role says of every system call, as data: model(architecture,
 * number, arguments) gives a verdict and the rule behind it. Text and builder fill it; compiler,
 * proof and tools read it.
 */
#ifndef SANDBOX_POLICY_MODEL_H
#define SANDBOX_POLICY_MODEL_H

#include "sandbox/policy/calls.h"

#include <brig/policy.h>

#include <stdbool.h>

/* Bounds that keep compilation and proof bounded in time. */
#define BRIG_RULES_MAX 2048
#define BRIG_TESTS_MAX 8192

#define BRIG_HOT_MAX 8

#define BRIG_X32_BIT 0x40000000u
#define BRIG_NO_CALL 0xffffffffu /* what a tracer puts there to skip a call */

enum brig_test_kind {
	BRIG_TEST_AND, /* every child holds */
	BRIG_TEST_OR,  /* some child holds */
	BRIG_TEST_EQ,  /* (argument & low) == high */
	BRIG_TEST_NE,  /* (argument & low) != high */
	BRIG_TEST_IN,  /* low <= argument <= high, unsigned */
};

/* Nodes refer to each other by index, so that the array may move. */
struct brig_test {
	enum brig_test_kind kind;
	int first, next; /* children of AND and OR; siblings; -1 */
	uint8_t argument;
	uint8_t bits; /* 32: the upper half of the register is nobody's business */
	uint64_t low, high;
};

struct brig_rule {
	uint32_t number;
	int test; /* index of its root; -1: always holds */
	struct brig_verdict verdict, otherwise;
	bool has_otherwise;
	unsigned int file, line; /* file: index into the sources */
	unsigned int layer; /* how deep its file was included: the nearer one's word weighs more */
	int stage;          /* enum brig_policy_stage, or -1: both */
	const char *condition, *why;
};

/* A filter's model. */
struct brig_model {
	enum brig_arch arch;
	struct brig_rule *rules; /* by number, then in the order in which they are asked */
	size_t n_rules;
	const struct brig_test *tests;
	struct brig_verdict defaults[3]; /* by enum brig_call_class */
	uint32_t hot[BRIG_HOT_MAX];      /* numbers that the filter compares first */
	size_t n_hot;
	bool report_kills; /* report is compiled as kill: nobody listens */
};

/*
 * @args are whole registers. *ret_rule is the index of the rule, or -1 if the class, the foreign
 * architecture or the foreign numbering decides; may be NULL.
 */
struct brig_verdict brig_model_verdict(const struct brig_model *model, uint32_t audit_arch,
				       uint32_t number, const uint64_t args[BRIG_CALL_ARGUMENTS],
				       int *ret_rule);

/* What an unlisted call gets. */
struct brig_verdict brig_model_default(const struct brig_model *model, uint32_t number);

/* The rules of one call: the index of the first; *ret_n is how many. */
size_t brig_model_rules(const struct brig_model *model, uint32_t number, size_t *ret_n);

bool brig_test_holds(const struct brig_test *tests, int test, const uint64_t *args);

/* Which arguments of a call the rules look at: bit i for argument i. */
unsigned int brig_model_looks(const struct brig_model *model, uint32_t number);

/* SECCOMP_RET_… of a verdict. */
uint32_t brig_verdict_code(const struct brig_model *model, struct brig_verdict verdict);

#endif
