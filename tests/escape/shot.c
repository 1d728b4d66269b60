#include "tests/escape/shot.h"

#include "broker/process/process.h"
#include "tests/support/outside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void read_file(pid_t pid, const char *name, char *ret, size_t size)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, ret, size - 1);
	if (fd >= 0)
		(void)close(fd);
	ret[n > 0 ? n : 0] = '\0';
}

static bool is_told(const char *line)
{
	static const char *const told[] = { "Umask:", "Groups:", "NoNewPrivs:", "Seccomp",
					    "Cap",    "Sig",     "Threads:",    "Speculation" };

	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (!strncmp(line, told[i], strlen(told[i])) && strncmp(line, "SigQ", 4) != 0)
			return true;
	return false;
}

static void add(struct shot *shot, const char *text)
{
	const size_t n = strlen(shot->seen);

	(void)snprintf(shot->seen + n, sizeof shot->seen - n, "%s\n", text);
}

static size_t count_fds(pid_t pid)
{
	char path[64];
	size_t n = 0;

	(void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	DIR *fds = opendir(path);
	for (const struct dirent *e = fds ? readdir(fds) : NULL; e; e = readdir(fds))
		n += e->d_name[0] != '.';
	if (fds)
		(void)closedir(fds);
	return n;
}

static void look_at_status(struct shot *shot, pid_t pid)
{
	char text[4096], *rest = text, *line;

	read_file(pid, "status", text, sizeof text);
	while ((line = strsep(&rest, "\n")))
		if (is_told(line))
			add(shot, line);
}

/* A thread's number names it in /proc, too, though it isn't listed there. */
static void look_at_others(struct shot *shot, pid_t pid)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	DIR *tasks = opendir(path);
	for (const struct dirent *e = tasks ? readdir(tasks) : NULL; e; e = readdir(tasks))
		if (e->d_name[0] != '.' && strtol(e->d_name, NULL, 10) != pid)
			look_at_status(shot, (pid_t)strtol(e->d_name, NULL, 10));
	if (tasks)
		(void)closedir(tasks);
}

static void look(struct shot *shot, pid_t pid)
{
	char text[4096];

	shot->seen[0] = '\0';
	look_at_status(shot, pid);
	look_at_others(shot, pid);
	read_file(pid, "limits", text, sizeof text);
	add(shot, text);
	add(shot, getsid(pid) == pid ? "leads a session" : "is in somebody's session");
	(void)snprintf(text, sizeof text, "%zu descriptors", count_fds(pid));
	add(shot, text);
}

static void ready(void *user, struct brig_process *process)
{
	struct shot *shot = user;

	shot->ready = true;
	look(shot, process->pid);
	(void)shutdown(process->peer.channel.fd, SHUT_RDWR);
}

static void exited(void *user, struct brig_process *process, const struct brig_exit *exit)
{
	struct shot *shot = user;
	(void)process;

	shot->exited = true;
	shot->exit = *exit;
}

int shot_fire(struct brig_broker *broker, const struct brig_role *role, int plugin_fd,
	      struct shot *shot)
{
	static const struct brig_process_listener listener = { ready, exited };
	const struct brig_launch_request request = { .role = role,
						     .plugin_fd = plugin_fd,
						     .timeout_ms = 300000 };
	struct brig_process *process;

	memset(shot, 0, sizeof *shot);
	int r = brig_process_launch(broker, &request, &listener, shot, &process);
	while (!r && !shot->exited)
		if (brig_broker_run(broker, 60000) <= 0)
			r = -ETIMEDOUT;
	return r;
}

size_t shot_fds(void)
{
	return count_fds(getpid()) - 1; /* the directory's own */
}

size_t shot_zombies(void)
{
	pid_t pids[64];
	const size_t n = outside_children(getpid(), pids, 64);
	size_t zombies = 0;

	for (size_t i = 0; i < n; i++) {
		char status[2048];

		read_file(pids[i], "status", status, sizeof status);
		zombies += strstr(status, "\nState:\tZ") != NULL;
	}
	return zombies;
}

bool test_is_long(void)
{
	const char *full = getenv("BRIG_TEST_FULL"); /* NOLINT(concurrency-mt-unsafe) */

	return full && *full && strcmp(full, "0") != 0;
}
