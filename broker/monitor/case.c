#include "broker/monitor/violation.h"

#include "broker/monitor/symbol.h"
#include "sandbox/base/cleanup.h"
#include "sandbox/base/sha256.h"
#include "sandbox/policy/shipped.h"
#include "sandbox/policy/spell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct brig_case *brig_case_open(const struct brig_role *role, uint64_t instance, int helper_fd,
				 const char *unknown)
{
	struct brig_case *case_ = calloc(1, sizeof *case_);
	struct timespec now;

	if (!case_)
		return NULL;
	struct brig_violation *record = &case_->record;
	case_->role = role;
	case_->helper_fd = helper_fd;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	record->time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	record->instance = instance;
	record->count = 1;
	record->call = -1;
	(void)snprintf(record->role, sizeof record->role, "%s", role->name);
	(void)snprintf(record->unknown, sizeof record->unknown, "%s", unknown);
	return case_;
}

void brig_case_see(struct brig_case *case_, int listener, const struct brig_forbidden *forbidden,
		   pid_t process)
{
	struct brig_violation *record = &case_->record;
	const struct seccomp_data *call = &forbidden->call;

	record->trusted = 1;
	record->arch = call->arch;
	record->call = call->nr;
	record->address = call->instruction_pointer;
	for (int i = 0; i < BRIG_CALL_ARGUMENTS; i++)
		record->args[i] = call->args[i];
	brig_witness_see(&case_->witness, process, forbidden->thread, record->address);
	/* Else it was killed meanwhile, and what was seen may be somebody else's. */
	if (!brig_forbidden_waits(listener, forbidden)) {
		memset(&case_->witness, 0, sizeof case_->witness);
		case_->witness.unknown = "it was killed before it could be looked at";
	}
	brig_violation_quote(record->thread, sizeof record->thread, case_->witness.thread,
			     case_->witness.n_thread);
}

/* A path's end tells more than its beginning. */
static void name_module(struct brig_violation *record, const struct brig_witness *witness)
{
	const char *path = witness->path;
	size_t n = strlen(path);

	if (4 * n >= sizeof record->module) {
		const char *slash = strrchr(path, '/');

		path = slash ? slash + 1 : path;
		n = strlen(path);
	}
	brig_violation_quote(record->module, sizeof record->module, path, n);
	record->module_offset = witness->offset;
}

/* The helper may be gone from where it was, or be a copy in memory: the broker has it open. */
static int open_module(const struct brig_case *case_)
{
	const struct brig_witness *witness = &case_->witness;
	struct stat st;

	if (fstat(case_->helper_fd, &st) == 0 && st.st_dev == witness->device &&
	    st.st_ino == witness->inode)
		return fcntl(case_->helper_fd, F_DUPFD_CLOEXEC, 0);
	return brig_module_open(witness->path, witness->device, witness->inode);
}

static void find_place(struct brig_case *case_)
{
	struct brig_violation *record = &case_->record;
	const struct brig_witness *witness = &case_->witness;
	char symbol[sizeof record->symbol];

	if (witness->unknown) {
		(void)snprintf(record->unknown, sizeof record->unknown, "where it was made: %s",
			       witness->unknown);
		return;
	}
	name_module(record, witness);
	if (!witness->inode)
		return;
	brig_auto_fd int fd = open_module(case_);
	/* The address is behind the call, and may be behind the function. */
	if (fd < 0 || brig_symbol_find(fd, witness->offset - 1, symbol, sizeof symbol,
				       &record->symbol_offset) < 0)
		return;
	record->symbol_offset++;
	brig_violation_quote(record->symbol, sizeof record->symbol, symbol, strlen(symbol));
}

static void name_policy(struct brig_violation *record, const struct brig_text *text)
{
	struct brig_sha256 hash;

	brig_sha256_init(&hash);
	for (size_t i = 0; i < text->n_files; i++)
		brig_sha256_add(&hash, text->files[i].text, text->files[i].n);
	brig_sha256_end(&hash, record->policy);
}

static void find_rule(struct brig_violation *record, const struct brig_text *text)
{
	const struct brig_model *model = &text->models[BRIG_AFTER_READY];
	const uint32_t number = (uint32_t)record->call;
	int index = -1;
	const struct brig_verdict verdict =
		brig_model_verdict(model, record->arch, number, record->args, &index);

	/* What this build's filters say otherwise, this text can't explain. */
	if (verdict.action != BRIG_ACTION_REPORT && verdict.action != BRIG_ACTION_NOTIFY) {
		(void)snprintf(record->unknown, sizeof record->unknown,
			       "its rule: the shipped text allows or refuses it otherwise");
		return;
	}
	(void)snprintf(record->class_, sizeof record->class_, "%s",
		       brig_class_name(text->arch, number));
	if (index < 0) {
		(void)snprintf(record->reason, sizeof record->reason, "%s",
			       brig_class_reason(text->arch, number));
	} else {
		const struct brig_rule *rule = &model->rules[index];

		(void)snprintf(record->rule_file, sizeof record->rule_file, "%s",
			       text->files[rule->file].name);
		record->rule_line = rule->line;
		(void)snprintf(record->reason, sizeof record->reason, "%s", rule->why);
	}
	if (brig_rows_suggest(text, number, record->args, record->suggestion,
			      sizeof record->suggestion, &record->suggestion_line) < 0)
		*record->suggestion = '\0';
}

void brig_violation_explain(struct brig_violation *record, const struct brig_text *text)
{
	const uint32_t number = (uint32_t)record->call;

	name_policy(record, text);
	if (record->call < 0 || record->arch != brig_arch_audit(text->arch))
		return;
	const struct brig_call *call = brig_call_by_number(text->arch, number);
	(void)snprintf(record->name, sizeof record->name, "%s", call ? call->name : "");
	brig_call_spell(text->arch, number, record->args, record->text, sizeof record->text);
	find_rule(record, text);
}

/* The filter was made from this text when Brig was built; whoever asks pays for reading it. */
static void explain(struct brig_case *case_)
{
	const struct brig_text_finder finder = { brig_source_read, NULL };
	brig_auto_free struct brig_text *text = calloc(1, sizeof *text);
	struct brig_text_file file = { 0 };
	struct brig_policy_error error;
	int r = text ? brig_source_read(NULL, case_->role->name, NULL, &file) : -ENOMEM;

	if (!r)
		r = brig_text_read(text, &file, NULL, &finder, NULL, &error);
	if (!r)
		brig_violation_explain(&case_->record, text);
	else
		(void)snprintf(case_->record.unknown, sizeof case_->record.unknown,
			       "its rule: the role's text can't be read: %s", strerror(-r));
	free(file.name);
	free(file.text);
	if (text)
		brig_text_finish(text);
}

void brig_case_work(void *user)
{
	struct brig_case *case_ = user;

	if (case_->record.call >= 0)
		find_place(case_);
	explain(case_);
}

struct brig_violation *brig_case_close(struct brig_case *case_)
{
	struct brig_violation *record = malloc(sizeof *record);

	if (record)
		*record = case_->record;
	free(case_);
	return record;
}
