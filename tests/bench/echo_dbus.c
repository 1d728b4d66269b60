/* libdbus between two processes without a bus: a private connection, an array of bytes each way. */
#include "tests/bench/echo.h"

#include <dbus/dbus.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATH        "/bench"
#define INTERFACE   "org.brig.Bench"
#define ADDRESS_MAX 256

static dbus_bool_t watch_added(DBusWatch *watch, void *user)
{
	*(DBusWatch **)user = watch;
	return TRUE;
}

static void watch_removed(DBusWatch *watch, void *user)
{
	(void)watch;
	*(DBusWatch **)user = NULL;
}

static void connected(DBusServer *server, DBusConnection *connection, void *user)
{
	(void)server;
	*(DBusConnection **)user = dbus_connection_ref(connection);
}

static DBusHandlerResult handle(DBusConnection *connection, DBusMessage *call, void *user)
{
	const uint8_t *bytes;
	DBusMessage *answer;
	int n;
	(void)user;

	if (!dbus_message_is_method_call(call, INTERFACE, "Echo"))
		return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
	if (!dbus_message_get_args(call, NULL, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE, &bytes, &n,
				   DBUS_TYPE_INVALID))
		return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
	answer = dbus_message_new_method_return(call);
	if (!answer ||
	    !dbus_message_append_args(answer, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE, &bytes, n,
				      DBUS_TYPE_INVALID) ||
	    !dbus_connection_send(connection, answer, NULL))
		return DBUS_HANDLER_RESULT_NEED_MEMORY;
	dbus_message_unref(answer);
	return DBUS_HANDLER_RESULT_HANDLED;
}

/* It takes an address only, which is told by the pair. */
static DBusConnection *accept_one(int fd)
{
	DBusServer *server = dbus_server_listen("unix:tmpdir=/tmp", NULL);
	DBusConnection *connection = NULL;
	DBusWatch *watch = NULL;

	if (!server)
		return NULL;
	dbus_server_set_new_connection_function(server, connected, &connection, NULL);
	if (!dbus_server_set_watch_functions(server, watch_added, watch_removed, NULL, &watch,
					     NULL))
		return NULL;
	char *address = dbus_server_get_address(server);
	if (send(fd, address, strlen(address) + 1, MSG_NOSIGNAL) < 0)
		watch = NULL;
	dbus_free(address);
	while (!connection && watch) {
		struct pollfd both[] = { { .fd = dbus_watch_get_unix_fd(watch), .events = POLLIN },
					 { .fd = fd, .events = POLLIN } };

		if (poll(both, 2, -1) < 0 || !both[0].revents)
			break;
		(void)dbus_watch_handle(watch, DBUS_WATCH_READABLE);
	}
	dbus_server_disconnect(server);
	dbus_server_unref(server);
	return connection;
}

static void serve(int fd, unsigned int poll_us)
{
	static const DBusObjectPathVTable vtable = { .message_function = handle };
	DBusConnection *connection = accept_one(fd);
	(void)poll_us;

	if (!connection || !dbus_connection_register_object_path(connection, PATH, &vtable, NULL))
		return;
	while (dbus_connection_read_write_dispatch(connection, -1))
		continue;
}

static int open_client(int fd, unsigned int poll_us, void **ret)
{
	char address[ADDRESS_MAX] = "";
	(void)poll_us;

	if (recv(fd, address, sizeof address - 1, 0) <= 0)
		return -EPIPE;
	DBusConnection *connection = dbus_connection_open_private(address, NULL);
	if (!connection)
		return -ECONNREFUSED;
	dbus_connection_set_exit_on_disconnect(connection, FALSE);
	(void)close(fd);
	*ret = connection;
	return 0;
}

static void close_client(void *client)
{
	dbus_connection_close(client);
	dbus_connection_unref(client);
}

static int call_once(DBusConnection *connection, const uint8_t *bytes)
{
	DBusMessage *request = dbus_message_new_method_call(NULL, PATH, INTERFACE, "Echo");
	DBusMessage *answer = NULL;
	const uint8_t *got;
	int n = 0;

	if (request && dbus_message_append_args(request, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE, &bytes,
						ECHO_BYTES, DBUS_TYPE_INVALID))
		answer = dbus_connection_send_with_reply_and_block(connection, request, -1, NULL);
	if (answer && !dbus_message_get_args(answer, NULL, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE, &got,
					     &n, DBUS_TYPE_INVALID))
		n = 0;
	if (answer)
		dbus_message_unref(answer);
	if (request)
		dbus_message_unref(request);
	return n == ECHO_BYTES ? 0 : -EPROTO;
}

static int call(void *client, unsigned int n)
{
	const uint8_t bytes[ECHO_BYTES] = { 0 };
	int r = 0;

	while (!r && n--)
		r = call_once(client, bytes);
	return r;
}

const struct echo_transport echo_dbus = { SOCK_STREAM, serve, open_client, close_client, call };
