#include "tests/ipc/pour.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void on_data(void *user, struct brig_stream *stream, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;
	struct pour *pour = user;

	for (size_t i = 0; i < n; i++)
		pour->wrong += at[i] != (pour->bytes + i) % 251;
	pour->bytes += n;
	if (pour->cancel)
		brig_stream_cancel(stream);
	else if (pour->pause && pour->bytes >= pour->pause)
		brig_stream_pause(stream);
}

static size_t on_room(void *user, struct brig_stream *stream, void *bytes, size_t n)
{
	struct pour *pour = user;
	uint8_t *at = bytes;
	size_t i = 0;

	pour->rooms++;
	if (pour->dry)
		return 0;
	if (pour->cancel)
		brig_stream_cancel(stream);
	for (; i < n && pour->bytes + i < pour->wanted; i++)
		at[i] = (uint8_t)((pour->bytes + i) % 251);
	pour->bytes += i;
	if (!pour->cancel && (pour->file ? i == 0 : pour->bytes == pour->wanted))
		EXPECT_OK(brig_stream_finish(stream));
	return pour->failed ? SIZE_MAX : i;
}

static void on_end(void *user, struct brig_stream *stream, int error, uint64_t bytes)
{
	struct pour *pour = user;

	EXPECT_TRUE(stream == pour->stream);
	pour->stream = NULL;
	pour->ends++;
	pour->error = error;
	pour->total = bytes;
}

static const struct brig_stream_listener listener = { on_data, on_room, on_end };

struct brig_stream_options options_of(struct pour *pour)
{
	return (struct brig_stream_options){ .size = sizeof(struct brig_stream_options),
					     .child = pour->kid.child,
					     .max_bytes = MANY,
					     .listener = &listener,
					     .user = pour };
}

void add_kid(struct pour *pour, struct brig_broker *b, const char *role)
{
	pour->broker = b;
	pour->kid.served[1] = (struct brig_served){ &pour_pour_service, NULL, NULL };
	kid_start(&pour->kid, b, role, 0);
}

void open_pour(struct pour *pour, const char *role)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = STREAM_CHILD };
	struct brig_broker *b = NULL;

	ASSERT_OK(brig_broker_create(&options, &b));
	add_kid(pour, b, role);
}

static void hand(struct pour *pour, int fd, const char *word, uint64_t bytes)
{
	Pour__Order order = POUR__ORDER__INIT;
	char copy[33];

	(void)snprintf(copy, sizeof copy, "%s", word);
	order.word = copy;
	order.bytes = bytes;
	EXPECT_OK(pour_pour_take(brig_child_peer(pour->kid.child), &order, fd));
	(void)close(fd);
}

void from(struct pour *pour, const struct brig_stream_options *options, const char *word,
	  uint64_t bytes)
{
	int fd = -1;

	ASSERT_OK(brig_stream_from(options, &pour->stream, &fd));
	hand(pour, fd, word, bytes);
}

void to(struct pour *pour, const struct brig_stream_options *options, const char *word)
{
	int fd = -1;

	ASSERT_OK(brig_stream_to(options, &pour->stream, &fd));
	hand(pour, fd, word, 0);
}

void run_until_ended(struct pour *pour)
{
	while (!pour->ends && kid_turn(&pour->kid))
		;
	EXPECT_INT_EQ(1, pour->ends);
}

void run_until_idle(const struct pour *pour)
{
	while (brig_broker_run(pour->broker, 200) == 1)
		;
}
