#include "ipc/wire/journal.h"

#include <errno.h>
#include <string.h>

/* What is missing is the file's fault, unless it can't be read. */
static int fell_short(FILE *in, int otherwise)
{
	if (!ferror(in))
		return otherwise;
	return errno ? -errno : -EIO;
}

int brig_journal_read_head(FILE *in, struct brig_journal_head *ret)
{
	struct brig_journal_head head;

	errno = 0;
	if (fread(&head, 1, sizeof head, in) != sizeof head)
		return fell_short(in, -ENOMSG);
	if (memcmp(head.magic, BRIG_JOURNAL_MAGIC, sizeof head.magic))
		return -ENOMSG;
	*ret = head;
	return 0;
}

int brig_journal_read(FILE *in, struct brig_journal_record *ret, uint8_t *bytes, size_t *ret_n)
{
	struct brig_journal_record record;

	errno = 0;
	const size_t got = fread(&record, 1, sizeof record, in);
	if (!got)
		return fell_short(in, 0);
	if (got != sizeof record)
		return fell_short(in, -EBADMSG);
	if (record.size < sizeof record || record.size - sizeof record > BRIG_JOURNAL_MOST)
		return -EBADMSG;
	const size_t n = record.size - sizeof record;
	if (fread(bytes, 1, n, in) != n)
		return fell_short(in, -EBADMSG);
	*ret = record;
	*ret_n = n;
	return 1;
}
