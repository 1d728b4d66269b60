#include "tests/escape/fence.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORDINARY    60417
#define DEADLINE_MS 60000
#define CANARY_FILE "/tmp/canary/file"
#define CANARY_NAME "brig-test-canary"

struct fence {
	struct brig_attempt_page *page;
	struct fence_result *results;
	int granted, terminal;
};

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, text, strlen(text));
	(void)close(fd);
	return n < 0 ? -errno : 0;
}

/* An ordinary user first: who was root would still be root to files. */
static int enter_namespaces(void)
{
	char map[64];

	if (geteuid() == 0 &&
	    (setresgid(ORDINARY, ORDINARY, ORDINARY) < 0 ||
	     setresuid(ORDINARY, ORDINARY, ORDINARY) < 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0))
		return -errno;
	const unsigned int uid = geteuid(), gid = getegid();
	if (unshare(CLONE_NEWUSER) < 0)
		return -errno;
	int r = write_text("/proc/self/setgroups", "deny");
	(void)snprintf(map, sizeof map, "0 %u 1", uid);
	if (!r)
		r = write_text("/proc/self/uid_map", map);
	(void)snprintf(map, sizeof map, "0 %u 1", gid);
	if (!r)
		r = write_text("/proc/self/gid_map", map);
	if (!r && unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
			  CLONE_NEWCGROUP) < 0)
		r = -errno;
	return r;
}

static int raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	request.ifr_flags = IFF_UP | IFF_RUNNING;
	int r = ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
	(void)close(fd);
	return r;
}

static int furnish(struct fence *fence)
{
	if (chdir("/") < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0 ||
	    mount("proc", "/proc", "proc", 0, NULL) < 0 || mkdir("/tmp/canary", 0700) < 0)
		return -errno;
	int r = write_text(CANARY_FILE, "0123456789abcdef0123456789abcdef");
	if (!r)
		r = write_text("/tmp/canary/granted", "granted");
	if (!r)
		r = raise_loopback();
	fence->granted = open("/tmp/canary/granted", O_RDONLY);
	fence->terminal = posix_openpt(O_RDWR | O_NOCTTY);
	if (fence->terminal >= 0 && (grantpt(fence->terminal) < 0 || unlockpt(fence->terminal) < 0))
		r = -errno;
	return r || fence->granted < 0 || fence->terminal < 0 ? -EIO : 0;
}

static void bind_abstract(int type, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type, 0);

	(void)strncpy(address.sun_path + 1, name, sizeof address.sun_path - 2);
	if (bind(fd, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))) < 0)
		_exit(3);
	if (type == SOCK_STREAM && listen(fd, 1000) < 0)
		_exit(3);
}

static uint16_t bind_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, n) < 0 || listen(fd, 1000) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &n) < 0)
		_exit(3);
	return ntohs(address.sin_port);
}

/* Its group is its own; where its secret lies is where it lies here, too. */
static int start_canary(struct fence *fence)
{
	static char secret[32] = "the secret of the canary";
	int ready[2];
	char byte = 0;

	if (pipe(ready) < 0)
		return -errno;
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)setsid();
		bind_abstract(SOCK_STREAM, CANARY_NAME);
		bind_abstract(SOCK_DGRAM, CANARY_NAME "d");
		fence->page->canary_port = bind_port();
		if (write(ready[1], "", 1) != 1)
			_exit(3);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return -EIO;
	(void)close(ready[0]);
	fence->page->canary_pid = pid;
	fence->page->canary_address = (uint64_t)(uintptr_t)secret;
	(void)strcpy(fence->page->canary_file, CANARY_FILE);
	(void)strcpy(fence->page->canary_socket, CANARY_NAME);
	return 0;
}

/* With all that should not be there: a terminal, a directory, an environment. */
_Noreturn static void attack(struct fence *fence, const struct fence_trial *trial, int channel)
{
	struct brig_attempt_context context = { fence->page, channel, fence->granted };
	char name[64];

	(void)setsid();
	if (ptsname_r(fence->terminal, name, sizeof name) != 0)
		_exit(4);
	int slave = open(name, O_RDWR | O_NOCTTY);
	const int leaked = open("/", O_RDONLY | O_DIRECTORY);
	if (slave < 0 || dup2(slave, 0) < 0 || leaked < 0)
		_exit(4);
	if (trial->prepare(trial->user) < 0)
		_exit(5);
	brig_attempt_run(&context);
	_exit(0);
}

/* Whoever sends something has lost its channel; whoever doesn't end within the deadline is lost. */
static bool await(pid_t pid, int channel, int *ret_status)
{
	const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd polled[] = { { pidfd, POLLIN, 0 }, { channel, POLLIN, 0 } };
	bool ended = false;

	while (!ended && poll(polled, 2, DEADLINE_MS) > 0) {
		ended = polled[0].revents != 0;
		if (!ended && polled[1].revents) {
			(void)shutdown(channel, SHUT_RDWR);
			polled[1].fd = -1;
		}
	}
	if (!ended)
		(void)kill(pid, SIGKILL);
	(void)close(pidfd);
	return waitpid(pid, ret_status, __WALL) == pid && ended;
}

static void judge(const struct fence *fence, bool ended, int status, struct fence_result *ret)
{
	const struct brig_attempt_page *page = fence->page;

	ret->outcome = FENCE_LOST;
	ret->number = status;
	for (size_t i = 0; i < sizeof ret->text - 1; i++)
		ret->text[i] = page->text[i];
	if (!ended)
		return;
	if (WIFSIGNALED(status) && page->state == BRIG_ATTEMPT_MARKED) {
		ret->outcome = FENCE_DIED;
		ret->number = WTERMSIG(status);
	} else if (WIFEXITED(status) && page->state == BRIG_ATTEMPT_MARKED) {
		ret->outcome = FENCE_GOT; /* what runs there isn't the attempt any more */
	} else if (WIFEXITED(status) && page->state == BRIG_ATTEMPT_RETURNED) {
		ret->outcome = page->error ? FENCE_REFUSED : FENCE_GOT;
		ret->number = page->error;
	}
}

static void try_one(struct fence *fence, const struct fence_trial *trial, size_t index)
{
	int pair[2], status = 0;

	fence->page->attempt = (uint32_t)index;
	fence->page->state = BRIG_ATTEMPT_WAITS;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return;
	pid_t pid = fork();
	if (pid == 0) {
		(void)close(pair[0]);
		attack(fence, trial, pair[1]);
	}
	(void)close(pair[1]);
	bool ended = pid > 0 && await(pid, pair[0], &status);
	(void)close(pair[0]);
	judge(fence, ended, status, &fence->results[index]);
	while (waitpid(-1, &status, WNOHANG | __WALL) > 0)
		; /* of attempts that made processes */
}

static int live(struct fence *fence, const struct fence_trial *trial)
{
	int r = furnish(fence);

	if (!r)
		r = start_canary(fence);
	for (size_t i = 0; !r && i < brig_attempts_count(); i++)
		if ((!trial->group || strchr(brig_attempt_at(i)->groups, trial->group)) &&
		    brig_attempt_possible(brig_attempt_at(i)))
			try_one(fence, trial, i);
	return -r;
}

static void *shared(size_t n)
{
	void *memory = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int end_of(pid_t pid)
{
	int status = 0;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return EIO;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

struct fence_result *fence_run(const struct fence_trial *trial)
{
	struct fence fence = { .page = shared(sizeof *fence.page),
			       .results = shared(brig_attempts_count() * sizeof *fence.results) };

	if (!fence.page || !fence.results)
		return NULL;
	(void)fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		int r = -enter_namespaces();

		pid = r ? -1 : fork();
		if (pid == 0)
			_exit(live(&fence, trial));
		_exit(r ? r : end_of(pid));
	}
	int error = end_of(pid);
	(void)munmap(fence.page, sizeof *fence.page);
	if (!error)
		return fence.results;
	(void)fprintf(stderr, "the fence does not stand: %s\n", strerror(error));
	fence_free(fence.results);
	return NULL;
}

void fence_free(struct fence_result *results)
{
	(void)munmap(results, brig_attempts_count() * sizeof *results);
}

const char *fence_words(const struct fence_result *result)
{
	static char words[128];

	if (result->outcome == FENCE_GOT)
		(void)snprintf(words, sizeof words, "OK");
	else if (result->outcome == FENCE_REFUSED)
		(void)snprintf(words, sizeof words, "%s", strerrorname_np(result->number));
	else if (result->outcome == FENCE_DIED)
		(void)snprintf(words, sizeof words, "SIG%s", sigabbrev_np(result->number));
	else
		(void)snprintf(words, sizeof words, "lost (status %#x)",
			       (unsigned int)result->number);
	return words;
}

static bool is_token(const struct fence_result *result, const char *token, size_t n)
{
	const char *words = fence_words(result);

	if (n == 4 && !strncmp(token, "KILL", n))
		words = result->outcome == FENCE_DIED && result->number == SIGSYS ? "KILL" : words;
	if (n == 3 && !strncmp(token, "BAD", n)) /* the fence is no broker: it hangs up */
		words = result->outcome == FENCE_REFUSED && result->number == ECONNRESET ? "BAD"
											 : words;
	if (n == 8 && !strncmp(token, "HARMLESS", n))
		words = result->outcome == FENCE_REFUSED ? "HARMLESS" : words;
	return strlen(words) == n && !strncmp(words, token, n);
}

bool fence_matches(const struct fence_result *result, const char *wanted)
{
	for (const char *at = wanted;; at++) {
		size_t n = strcspn(at, "|");

		if (is_token(result, at, n))
			return true;
		at += n;
		if (!*at)
			return false;
	}
}

void fence_expected(const struct brig_attempt *row, const char *role, char *ret, size_t size)
{
	char key[64];
	const char *found = NULL;

	(void)snprintf(key, sizeof key, "%s: ", role);
	if (row->by_role)
		found = strstr(row->by_role, key);
	const char *from = found ? found + strlen(key) : row->expected;
	(void)snprintf(ret, size, "%.*s", (int)strcspn(from, ";"), from);
}
