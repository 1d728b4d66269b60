/* The PNM plugin: PBM, PGM, PPM and PAM by libnetpbm. */
#include <brig/plugin.h>

#include <netpbm/pam.h>

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct job {
	const struct brig_plugin_host *host;
	FILE *file;
	struct pam pam;
	tuple *row;
};

/* libnetpbm's error hook takes no argument: the one thing here that can't hang off a handle. */
static char last_error[160];

static void keep_error(const char *text)
{
	(void)snprintf(last_error, sizeof last_error, "%s", text);
}

static ssize_t cookie_read(void *cookie, char *buffer, size_t n)
{
	const struct job *job = cookie;
	ssize_t r = job->host->read(job->host->user, buffer, n);

	return r < 0 ? -1 : r;
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
	size_t stride;

	pnm_readpaminit(job->file, &job->pam, sizeof job->pam);
	if (job->pam.depth < 1 || job->pam.depth > 4 || job->pam.maxval < 1) {
		host->fail(host->user, BRIG_PLUGIN_UNSUPPORTED, "more than four channels");
		return -1;
	}
	uint8_t *to = host->surface(host->user, (uint32_t)job->pam.width, (uint32_t)job->pam.height,
				    job->pam.depth, job->pam.maxval > 255 ? 16 : 8, &stride);
	if (!to)
		return -1;
	job->row = pnm_allocpamrow(&job->pam);
	for (int y = 0; y < job->pam.height; y++) {
		pnm_readpamrow(&job->pam, job->row);
		put_row(job, to + (size_t)y * stride);
	}
	return 0;
}

static int decode(const struct brig_plugin_host *host)
{
	static struct job job; /* survives the longjmp; the process decodes once */
	jmp_buf escape;

	job = (struct job){ .host = host };
	job.file = fopencookie(&job, "r", (cookie_io_functions_t){ .read = cookie_read });
	if (!job.file) {
		host->fail(host->user, BRIG_PLUGIN_NO_MEMORY, "no memory for a stream");
		return -1;
	}
	pm_setusererrormsgfn(keep_error);
	if (setjmp(escape)) {
		host->fail(host->user, feof(job.file) ? BRIG_PLUGIN_TRUNCATED : BRIG_PLUGIN_CORRUPT,
			   last_error);
		return -1;
	}
	pm_setjmpbuf(&escape);
	return read_picture(&job);
}

const struct brig_plugin *brig_plugin_entry(void)
{
	static const struct brig_plugin plugin = { BRIG_PLUGIN_ABI, sizeof plugin, "pnm", decode };

	return &plugin;
}
