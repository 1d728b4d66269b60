/* Buffered reading by pread(2): the offset of a shared descriptor is nobody's business. */
#include "renderer/image/decoder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int brig_decode_fail(struct brig_decode_failure *failure, enum brig_decode_error error,
		     const char *format, ...)
{
	va_list arguments;

	failure->error = error;
	va_start(arguments, format);
	(void)vsnprintf(failure->text, sizeof failure->text, format, arguments);
	va_end(arguments);
	return -1;
}

int brig_input_init(struct brig_input *input, int fd)
{
	memset(input, 0, sizeof *input);
	input->fd = fd;
	input->buffer = malloc(BRIG_INPUT_BUFFER);
	return input->buffer ? 0 : -ENOMEM;
}

void brig_input_finish(struct brig_input *input)
{
	free(input->buffer);
	input->buffer = NULL;
}

static size_t read_more(struct brig_input *input, uint8_t *to, size_t n)
{
	ssize_t r;

	if (input->at_end)
		return 0;
	do {
		r = pread(input->fd, to, n, input->offset);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		input->error = errno;
	if (r <= 0) {
		input->at_end = true;
		return 0;
	}
	input->offset += r;
	return (size_t)r;
}

size_t brig_input_fill(struct brig_input *input, size_t n, const uint8_t **ret)
{
	if (n > BRIG_INPUT_BUFFER)
		n = BRIG_INPUT_BUFFER;
	if (input->end - input->start < n && input->start) {
		memmove(input->buffer, input->buffer + input->start, input->end - input->start);
		input->end -= input->start;
		input->start = 0;
	}
	while (input->end - input->start < n) {
		size_t got = read_more(input, input->buffer + input->end,
				       BRIG_INPUT_BUFFER - input->end);

		if (!got)
			break;
		input->end += got;
	}
	*ret = input->buffer + input->start;
	return input->end - input->start;
}

size_t brig_input_peek(struct brig_input *input, const uint8_t **ret)
{
	return brig_input_fill(input, 1, ret);
}

void brig_input_consume(struct brig_input *input, size_t n)
{
	size_t there = input->end - input->start;

	input->start += n < there ? n : there;
}

size_t brig_input_read(struct brig_input *input, void *buffer, size_t n)
{
	uint8_t *to = buffer;
	size_t done = 0;

	while (done < n) {
		const uint8_t *bytes;
		size_t there = brig_input_peek(input, &bytes);

		if (!there)
			break;
		if (there > n - done)
			there = n - done;
		memcpy(to + done, bytes, there);
		brig_input_consume(input, there);
		done += there;
	}
	return done;
}
