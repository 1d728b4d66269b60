/* A storm of violations, told as few. */
#include "broker/monitor/violation.h"

#include <stdio.h>
#include <string.h>

static bool same_kind(const struct brig_tally_kind *kind, const struct brig_violation *violation)
{
	return kind->call == violation->call && kind->arch == violation->arch &&
	       kind->rule_line == violation->rule_line && !strcmp(kind->role, violation->role) &&
	       !strcmp(kind->rule_file, violation->rule_file);
}

/* Its kind; of those for which there is no room, the last, which stands for them all. */
static struct brig_tally_kind *kind_of(struct brig_tally *tally,
				       const struct brig_violation *violation)
{
	struct brig_tally_kind *kind = tally->kinds;

	for (; kind < tally->kinds + tally->n; kind++)
		if (same_kind(kind, violation))
			return kind;
	if (tally->n == BRIG_VIOLATION_KINDS)
		return kind;
	tally->n++;
	*kind = (struct brig_tally_kind){ .arch = violation->arch,
					  .call = violation->call,
					  .rule_line = violation->rule_line };
	(void)snprintf(kind->role, sizeof kind->role, "%s", violation->role);
	(void)snprintf(kind->rule_file, sizeof kind->rule_file, "%s", violation->rule_file);
	return kind;
}

bool brig_tally_add(struct brig_tally *tally, struct brig_violation *violation)
{
	struct brig_tally_kind *kind = kind_of(tally, violation);

	violation->count = ++kind->count;
	return !(kind->count & (kind->count - 1));
}
