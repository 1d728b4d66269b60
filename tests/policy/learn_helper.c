/* learn_helper - what learn_test.sh runs, where no installed program does just that. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Says why there is none; its status is the errno of socket(2). */
static int try_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		const int error = errno;

		(void)fprintf(stderr, "socket: %s\n", strerror(error));
		return error;
	}
	(void)close(fd);
	return 0;
}

/* Sixty ways to call fcntl on a descriptor that isn't there: more than are kept. */
static int many_commands(void)
{
	for (unsigned int cmd = 0; cmd < 60; cmd++)
		(void)syscall(SYS_fcntl, -1, 5000 + cmd, 0);
	return 0;
}

/* getppid of the 32-bit ABI; SIGSEGV on a kernel without it. */
static int foreign(void)
{
#if defined(__x86_64__)
	long number = 64;

	__asm__ volatile("int $0x80" : "+a"(number) : : "memory", "r8", "r9", "r10", "r11");
#endif
	return 0;
}

static void answer(int client)
{
	static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n"
				    "Connection: close\r\n\r\nhello\n";
	char request[4096];
	size_t n = 0;
	ssize_t r = 1;

	while (r > 0 && n < sizeof request - 1) {
		r = read(client, request + n, sizeof request - 1 - n);
		n += r > 0 ? (size_t)r : 0;
		request[n] = '\0';
		if (strstr(request, "\r\n\r\n"))
			break;
	}
	(void)!write(client, reply, sizeof reply - 1);
	(void)shutdown(client, SHUT_WR);
	while (read(client, request, sizeof request) > 0)
		;
	(void)close(client);
}

/* HTTP on 127.0.0.1, at a port that it prints, until it is killed. */
static int serve(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 || listen(fd, 8) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
		perror("serve");
		return 1;
	}
	(void)printf("%u\n", ntohs(address.sin_port));
	(void)fflush(stdout);
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client >= 0)
			answer(client);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} modes[] = { { "socket", try_socket },
		      { "commands", many_commands },
		      { "foreign", foreign },
		      { "serve", serve } };

	for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof *modes; i++)
		if (!strcmp(argv[1], modes[i].name))
			return modes[i].run();
	(void)fprintf(stderr, "learn_helper socket|commands|foreign|serve\n");
	return 125;
}
