/*
 * Who has as many calls in flight as it may, and reads their answers as they come, is no slow
 * reader, however large they are and whatever else lies between them. Who reads none is.
 */
#include "ipc/dispatch/bad_message.h"
#include "ipc/dispatch/peer.h"
#include "reader.brig.h"
#include "tests/ipc/kid.h"

#include "gtest_c.h"

#include <brig/process.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define KIB   1024
#define TICKS 8192 /* bytes of an event: the kernel takes twice as much memory for it */

struct read {
	struct brig_broker *broker;
	struct kid kid;
	int pipe[2];
	unsigned int calls, ticks; /* an event behind each of so many answers; 0: none */
	unsigned int most_waiting, large;
	uint8_t bytes[65000];
};

static Reader__Blob blob_of(struct read *read, uint32_t bytes)
{
	Reader__Blob blob = READER__BLOB__INIT;

	blob.data.data = read->bytes;
	blob.data.len = bytes;
	return blob;
}

static void handled(struct read *read, const struct brig_request *call)
{
	const struct brig_peer *peer = call->peer;
	const Reader__Blob event = blob_of(read, TICKS);

	if (peer->channel.queued > read->most_waiting)
		read->most_waiting = peer->channel.queued;
	if (read->ticks && ++read->calls % read->ticks == 0)
		(void)reader_reader_tick(call->peer, &event);
	else if (!read->ticks)
		read->calls++;
}

static int fetch(void *user, struct brig_request *call, const Reader__Size *size)
{
	const Reader__Blob blob = blob_of(user, size->bytes);
	const int r = reader_reader_fetch_reply(call, &blob);

	handled(user, call);
	return r;
}

static int fetch_fd(void *user, struct brig_request *call, const Reader__Size *size)
{
	struct read *read = user;
	const Reader__Blob blob = blob_of(read, size->bytes);
	const int r = reader_reader_fetch_fd_reply(call, &blob, read->pipe[0]);

	handled(user, call);
	return r;
}

static int fetch_large(void *user, struct brig_request *call, const Reader__Size *size)
{
	static uint8_t bytes[100000];
	Reader__Large large = READER__LARGE__INIT;
	struct read *read = user;
	(void)size;

	read->large++;
	large.data.data = bytes;
	large.data.len = sizeof bytes;
	return reader_reader_fetch_large_reply(call, &large);
}

static void set_up(struct read *read)
{
	static const struct reader_reader_handlers handlers =
		READER_READER_HANDLERS(fetch, fetch_fd, fetch_large);
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = READER_CHILD };

	memset(read, 0, sizeof *read);
	ASSERT_OK(pipe2(read->pipe, O_CLOEXEC));
	ASSERT_OK(brig_broker_create(&options, &read->broker));
	read->kid.served[1] = (struct brig_served){ &reader_reader_service, &handlers, read };
	kid_start(&read->kid, read->broker, "service", 0);
}

static void tear_down(struct read *read)
{
	brig_broker_destroy(read->broker);
	(void)close(read->pipe[0]);
	(void)close(read->pipe[1]);
}

/* All are answered, and it ends well. */
static void reads(struct read *read, Reader__Order order)
{
	EXPECT_OK(reader_reader_read(brig_child_peer(read->kid.child), &order));
	kid_says(&read->kid, "all");
	EXPECT_UINT_EQ(order.calls, read->calls);
	if (read->kid.child)
		kid_tell(&read->kid, "end");
	while (!read->kid.exited && kid_turn(&read->kid))
		;
	EXPECT_INT_EQ(BRIG_EXIT_CLEAN, read->kid.exit.class_);
	EXPECT_INT_EQ(0, read->kid.exit.code);
	tear_down(read);
}

static Reader__Order order_of(uint32_t calls, uint32_t at_a_time, uint32_t bytes)
{
	Reader__Order order = READER__ORDER__INIT;

	order.calls = calls;
	order.at_a_time = at_a_time;
	order.bytes = bytes;
	return order;
}

static struct read read_;

TEST_C(reader, of_many_small_answers_at_a_time_goes_on)
{
	set_up(&read_);
	reads(&read_, order_of(1000, 64, 16));
}

TEST_C(reader, of_many_answers_of_4_kib_at_a_time_goes_on)
{
	set_up(&read_);
	reads(&read_, order_of(1000, 64, 4 * KIB));
}

TEST_C(reader, of_many_answers_of_64_kib_at_a_time_goes_on)
{
	set_up(&read_);
	reads(&read_, order_of(1000, 64, 65000));
}

TEST_C(reader, of_many_answers_with_descriptors_goes_on)
{
	Reader__Order order = order_of(1000, 64, 4 * KIB);

	order.fds = true;
	set_up(&read_);
	reads(&read_, order);
}

TEST_C(reader, of_answers_between_large_events_goes_on)
{
	set_up(&read_);
	read_.ticks = 1;
	reads(&read_, order_of(1000, 64, 65000));
}

/* Not more than one of them lies unread, ever. */
TEST_C(reader, of_one_in_memory_among_many_answers_goes_on)
{
	Reader__Order order = order_of(1000, 63, 4 * KIB);

	order.large = true;
	set_up(&read_);
	EXPECT_OK(reader_reader_read(brig_child_peer(read_.kid.child), &order));
	while (!strstr(read_.kid.said, "all") && !strstr(read_.kid.said, "refused") &&
	       !read_.kid.exited && kid_turn(&read_.kid))
		;
	EXPECT_STR_EQ("all\n", read_.kid.said);
	EXPECT_INT_GT(read_.large, 8);
	tear_down(&read_);
}

/* Never does the broker keep more for it than the calls that it may have in flight. */
static void is_ended(Reader__Order order, unsigned int most_calls)
{
	order.unread = true;
	set_up(&read_);
	EXPECT_OK(reader_reader_read(brig_child_peer(read_.kid.child), &order));
	while (!read_.kid.exited && kid_turn(&read_.kid))
		;
	EXPECT_INT_EQ(BRIG_EXIT_BAD_MESSAGE, read_.kid.exit.class_);
	EXPECT_INT_EQ(BRIG_BAD_SLOW_READER, read_.kid.exit.code);
	EXPECT_INT_LE(read_.calls, most_calls);
	EXPECT_INT_LE(read_.most_waiting, BRIG_CHANNEL_QUEUE);
	tear_down(&read_);
}

TEST_C(reader, of_no_small_answer_is_ended)
{
	is_ended(order_of(10000, 0, 16), 3 * BRIG_CALLS_MAX);
}

TEST_C(reader, of_no_large_answer_is_ended)
{
	is_ended(order_of(10000, 0, 65000), 3 * BRIG_CALLS_MAX);
}

TEST_C(reader, of_no_answer_with_a_descriptor_is_ended)
{
	Reader__Order order = order_of(10000, 0, 16);

	order.fds = true;
	is_ended(order, 3 * BRIG_CALLS_MAX);
}
