/* sd-bus between two processes without a bus: an array of bytes there and back. */
#include "tests/bench/echo.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define PATH      "/bench"
#define INTERFACE "org.brig.Bench"

static int reply(sd_bus_message *call, void *user, sd_bus_error *error)
{
	sd_bus_message *answer = NULL;
	const void *bytes;
	size_t n;
	int r = sd_bus_message_read_array(call, 'y', &bytes, &n);
	(void)user;
	(void)error;

	if (r >= 0)
		r = sd_bus_message_new_method_return(call, &answer);
	if (r >= 0)
		r = sd_bus_message_append_array(answer, 'y', bytes, n);
	if (r >= 0)
		r = sd_bus_send(NULL, answer, NULL);
	sd_bus_message_unref(answer);
	return r;
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Echo", "ay", "ay", reply, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static void serve(int fd, unsigned int poll_us)
{
	sd_id128_t id;
	sd_bus *bus = NULL;
	(void)poll_us;

	int r = sd_id128_randomize(&id);
	if (r >= 0)
		r = sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_fd(bus, fd, fd);
	if (r >= 0)
		r = sd_bus_set_server(bus, 1, id);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, PATH, INTERFACE, vtable, NULL);
	if (r >= 0)
		r = sd_bus_start(bus);
	while (r >= 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	sd_bus_unref(bus);
}

static int open_client(int fd, unsigned int poll_us, void **ret)
{
	/* What becomes of it is sd-bus's own affair: ours stays with the caller on failure. */
	const int own = dup(fd);
	sd_bus *bus = NULL;
	(void)poll_us;

	int r = own < 0 ? -errno : sd_bus_new(&bus);
	if (r >= 0)
		r = sd_bus_set_fd(bus, own, own);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0) {
		sd_bus_unref(bus);
		return r;
	}
	(void)close(fd);
	*ret = bus;
	return 0;
}

static void close_client(void *client)
{
	sd_bus_flush_close_unref(client);
}

static int call_once(sd_bus *bus, const uint8_t *bytes)
{
	sd_bus_message *request = NULL, *answer = NULL;
	const void *got;
	size_t n = 0;

	int r = sd_bus_message_new_method_call(bus, &request, NULL, PATH, INTERFACE, "Echo");
	if (r >= 0)
		r = sd_bus_message_append_array(request, 'y', bytes, ECHO_BYTES);
	if (r >= 0)
		r = sd_bus_call(bus, request, 0, NULL, &answer);
	if (r >= 0)
		r = sd_bus_message_read_array(answer, 'y', &got, &n);
	sd_bus_message_unref(request);
	sd_bus_message_unref(answer);
	if (r >= 0 && n != ECHO_BYTES)
		r = -EPROTO;
	return r < 0 ? r : 0;
}

static int call(void *client, unsigned int n)
{
	const uint8_t bytes[ECHO_BYTES] = { 0 };
	int r = 0;

	while (!r && n--)
		r = call_once(client, bytes);
	return r;
}

const struct echo_transport echo_sdbus = { SOCK_STREAM, serve, open_client, close_client, call };
