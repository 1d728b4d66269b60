/* The PNM plugin: PBM, PGM, PPM and PAM by libnetpbm. */
#include <brig/plugin.h>

#include <netpbm/pam.h>

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* On the heap: what changes after setjmp() must not live in decode()'s registers. */
struct job {
	const struct brig_plugin_host *host;
	FILE *file;
	struct pam pam;
	tuple *row;
	jmp_buf escape;
};

/* What the channels of a picture may mean; a PAM file can hold anything in any number. */
static const struct {
	const char *name;
	unsigned int channels;
} meanings[] = {
	{ "BLACKANDWHITE", 1 }, { "BLACKANDWHITE_ALPHA", 2 },
	{ "GRAYSCALE", 1 },     { "GRAYSCALE_ALPHA", 2 },
	{ "RGB", 3 },           { "RGB_ALPHA", 4 },
};

/* libnetpbm would write to stderr; its hooks have no argument that could keep the text. */
static void discard(const char *text)
{
	(void)text;
}

static ssize_t cookie_read(void *cookie, char *buffer, size_t n)
{
	const struct job *job = cookie;
	ssize_t r = job->host->read(job->host->user, buffer, n);

	return r < 0 ? -1 : r;
}

static bool is_known(const struct pam *pam)
{
	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (!strcmp(pam->tuple_type, meanings[i].name))
			return pam->depth == meanings[i].channels;
	return false;
}

static uint32_t scale(sample value, sample maxval)
{
	uint32_t top = maxval > 255 ? 65535 : 255;

	if (value > maxval)
		value = maxval;
	return (uint32_t)((value * top + maxval / 2) / maxval);
}

static void put_row(const struct job *job, uint8_t *to)
{
	const unsigned int channels = job->pam.depth;

	for (int x = 0; x < job->pam.width; x++)
		for (unsigned int i = 0; i < channels; i++) {
			uint32_t value = scale(job->row[x][i], job->pam.maxval);
			size_t at = (size_t)x * channels + i;

			if (job->pam.maxval > 255)
				((uint16_t *)(void *)to)[at] = (uint16_t)value;
			else
				to[at] = (uint8_t)value;
		}
}

static int read_picture(struct job *job)
{
	const struct brig_plugin_host *host = job->host;
	struct pam *pam = &job->pam;
	size_t stride;

	pnm_readpaminit(job->file, pam, sizeof *pam);
	if (pam->width < 1 || pam->height < 1 || pam->maxval < 1 || pam->maxval > 65535) {
		host->fail(host->user, BRIG_PLUGIN_CORRUPT, "no pixels, or no values for them");
		return -1;
	}
	if (!is_known(pam)) {
		host->fail(host->user, BRIG_PLUGIN_UNSUPPORTED, "neither grey nor RGB");
		return -1;
	}
	uint8_t *to = host->surface(host->user, (uint32_t)pam->width, (uint32_t)pam->height,
				    pam->depth, pam->maxval > 255 ? 16 : 8, &stride);
	if (!to)
		return -1;
	job->row = pnm_allocpamrow(pam);
	for (int y = 0; y < pam->height; y++) {
		pnm_readpamrow(pam, job->row);
		put_row(job, to + (size_t)y * stride);
	}
	return 0;
}

static int decode_job(struct job *job)
{
	const struct brig_plugin_host *host = job->host;
	int r;

	if (setjmp(job->escape)) {
		bool cut = feof(job->file) || ferror(job->file);

		host->fail(host->user, cut ? BRIG_PLUGIN_TRUNCATED : BRIG_PLUGIN_CORRUPT,
			   cut ? "the file ends too early" : "libnetpbm refuses the file");
		return -1;
	}
	pm_setjmpbuf(&job->escape);
	r = read_picture(job);
	pm_setjmpbuf(NULL);
	return r;
}

static int decode(const struct brig_plugin_host *host)
{
	struct job *job = calloc(1, sizeof *job);
	int r = -1;

	if (job) {
		job->host = host;
		job->file = fopencookie(job, "r", (cookie_io_functions_t){ .read = cookie_read });
	}
	if (job && job->file) {
		pm_setusererrormsgfn(discard);
		pm_setusermessagefn(discard);
		r = decode_job(job);
		pm_setjmpbuf(NULL);
		if (job->row)
			pnm_freepamrow(job->row);
		(void)fclose(job->file);
	} else {
		host->fail(host->user, BRIG_PLUGIN_NO_MEMORY, "no memory for a stream");
	}
	free(job);
	return r;
}

const struct brig_plugin *brig_plugin_entry(void)
{
	static const struct brig_plugin plugin = { BRIG_PLUGIN_ABI, sizeof plugin, "pnm", decode };

	return &plugin;
}
