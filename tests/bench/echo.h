/*
 * tests/bench/echo.h - the same round trip by one transport or another: 64 bytes there, 64 back,
 * between this process and one that was forked for it.
 */
#ifndef TESTS_BENCH_ECHO_H
#define TESTS_BENCH_ECHO_H

#include <sched.h>
#include <stddef.h>
#include <stdint.h>

#define ECHO_BYTES 64

struct echo_transport {
	int socket_type; /* of the pair that joins both */
	/* In the forked process, until the other end closes. */
	void (*serve)(int fd, unsigned int poll_us);
	/* In ours; @fd becomes the client's if it is 0. 0 or -errno. */
	int (*open)(int fd, unsigned int poll_us, void **ret);
	void (*close)(void *client);
	/* Many round trips; 0 or -errno. */
	int (*call)(void *client, unsigned int n);
};

extern const struct echo_transport echo_raw, echo_brig, echo_sdbus, echo_dbus;
/* One way, but for the last of them. */
extern const struct echo_transport echo_raw_oneway, echo_batched, echo_singly;

struct echo {
	const struct echo_transport *transport;
	void *client;
	int pid; /* 0: none */
};

/* The CPUs that this process may use. What it starts while it is pinned to one stays there, too. */
struct echo_cpus {
	cpu_set_t all;
	int first, last;
};
int echo_pin(struct echo_cpus *cpus); /* to the first; 0 or -errno */
void echo_unpin(const struct echo_cpus *cpus);

/* @cpu: where the forked process stays. Both poll as long before they block. 0 or -errno. */
int echo_start(struct echo *echo, const struct echo_transport *transport, int cpu,
	       unsigned int poll_us);
void echo_stop(struct echo *echo);

/* The mean of @n round trips. */
int echo_measure(const struct echo *echo, unsigned int n, uint64_t *ret_ns);

/* A program that does both ends itself; started by its path. */
struct echo_program {
	int fd, pid;
};
int echo_program_start(struct echo_program *program, const char *path);
void echo_program_stop(struct echo_program *program);
int echo_program_measure(const struct echo_program *program, uint32_t n, uint64_t *ret_ns);

#endif
