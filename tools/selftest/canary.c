#include "tools/selftest/canary.h"

#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

static const char content[] = "the canary's own words\n";

static int bind_abstract(int type, const char *name, int *ret)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	brig_auto_fd int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	const size_t n = strlen(name);

	if (fd < 0)
		return -errno;
	memcpy(address.sun_path + 1, name, n);
	if (bind(fd, (const struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n)) < 0)
		return -errno;
	if (type == SOCK_STREAM && listen(fd, 64) < 0)
		return -errno;
	*ret = brig_steal_fd(&fd);
	return 0;
}

static int listen_abstract(struct canary *canary)
{
	char datagram[sizeof canary->socket + 1];
	unsigned int random;

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return -errno;
	(void)snprintf(canary->socket, sizeof canary->socket, "brig-canary-%08x", random);
	(void)snprintf(datagram, sizeof datagram, "%sd", canary->socket);
	int r = bind_abstract(SOCK_STREAM, canary->socket, &canary->stream);
	return r ? r : bind_abstract(SOCK_DGRAM, datagram, &canary->datagram);
}

/* The loopback may be down: then there is no port, and attempts on it are for nothing. */
static void listen_tcp(struct canary *canary)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof address;
	brig_auto_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, n) < 0 || listen(fd, 64) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &n) < 0)
		return;
	canary->port = ntohs(address.sin_port);
	canary->tcp = brig_steal_fd(&fd);
}

void canary_init(struct canary *canary)
{
	*canary =
		(struct canary){ .pidfd = -1, .file = -1, .stream = -1, .datagram = -1, .tcp = -1 };
}

static int make_file(struct canary *canary, const char *dir)
{
	(void)snprintf(canary->path, sizeof canary->path, "%s/canary", dir);
	(void)unlink(canary->path);
	canary->file = open(canary->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (canary->file < 0)
		return -errno;
	ssize_t n = write(canary->file, content, sizeof content);
	return n == sizeof content ? 0 : -EIO;
}

static int make_secret(struct canary *canary)
{
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	canary->memory = memory;
	if (getrandom(canary->secret, sizeof canary->secret, 0) != sizeof canary->secret)
		return -EIO;
	memcpy(canary->memory, canary->secret, sizeof canary->secret);
	return 0;
}

/* It only is there: whoever may read it, or end it, has got out. */
static _Noreturn void be_canary(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	(void)prctl(PR_SET_NAME, "brig-canary", 0, 0, 0);
	for (;;)
		(void)pause();
}

int canary_start(struct canary *canary, const char *dir)
{
	canary_init(canary);
	int r = make_secret(canary);
	if (!r)
		r = make_file(canary, dir);
	if (!r)
		r = listen_abstract(canary);
	if (!r) {
		listen_tcp(canary);
		canary->pid = fork();
		r = canary->pid < 0 ? -errno : 0;
	}
	if (!r && canary->pid == 0)
		be_canary();
	if (!r) {
		canary->pidfd = (int)syscall(SYS_pidfd_open, canary->pid, 0);
		r = canary->pidfd < 0 ? -errno : 0;
	}
	if (r)
		canary_stop(canary);
	return r;
}

void canary_stop(struct canary *canary)
{
	if (canary->pid > 0) {
		(void)kill(canary->pid, SIGKILL);
		while (waitpid(canary->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	brig_close_fd(&canary->pidfd);
	brig_close_fd(&canary->file);
	brig_close_fd(&canary->stream);
	brig_close_fd(&canary->datagram);
	brig_close_fd(&canary->tcp);
	if (canary->memory)
		(void)munmap(canary->memory, 4096);
	canary_init(canary);
}

static const char *file_harm(const struct canary *canary)
{
	char text[sizeof content + 1];
	struct stat by_fd, by_path;

	if (fstat(canary->file, &by_fd) < 0 || stat(canary->path, &by_path) < 0 ||
	    by_fd.st_ino != by_path.st_ino)
		return "the canary's file is gone";
	if (pread(canary->file, text, sizeof text, 0) != sizeof content ||
	    memcmp(text, content, sizeof content))
		return "the canary's file was changed";
	return (by_fd.st_mode & 07777) == 0600 ? NULL : "the mode of the canary's file was changed";
}

const char *canary_harm(const struct canary *canary)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PIDFD, (id_t)canary->pidfd, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) <
		    0 ||
	    info.si_pid)
		return "the canary was ended or stopped";
	if (memcmp(canary->memory, canary->secret, sizeof canary->secret))
		return "the canary's memory was changed";
	return file_harm(canary);
}

void canary_describe(const struct canary *canary, struct brig_attempt_page *ret)
{
	ret->canary_pid = canary->pid;
	ret->canary_address = (uint64_t)(uintptr_t)canary->memory;
	(void)snprintf(ret->canary_file, sizeof ret->canary_file, "%s", canary->path);
	(void)snprintf(ret->canary_socket, sizeof ret->canary_socket, "%s", canary->socket);
	ret->canary_port = canary->port;
}
