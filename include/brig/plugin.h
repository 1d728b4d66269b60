/*
 * brig/plugin.h - the ABI of a decoder plugin: a shared object, loaded in a sealed plugin process.
 *
 * The object exports one function, brig_plugin_entry. Namespaces, an empty root but for system
 * libraries, Landlock, no_new_privs, no capabilities and a first system-call filter stand before
 * its constructors run; a second filter and Landlock without any right follow before it sees input.
 * So a constructor may look at libraries and allocate; no code may open files, start threads or
 * make sockets.
 * Threads: everything is called from the process's one thread. Blocking: read() may wait.
 */
#ifndef BRIG_PLUGIN_H
#define BRIG_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BRIG_PLUGIN_ABI 1u

/* Why a plugin gives up; the first argument of fail(). */
enum brig_plugin_error {
	BRIG_PLUGIN_TRUNCATED = 1,
	BRIG_PLUGIN_CORRUPT = 2,
	BRIG_PLUGIN_UNSUPPORTED = 3,
	BRIG_PLUGIN_NO_MEMORY = 4,
	BRIG_PLUGIN_TOO_LARGE = 5,
};

struct brig_plugin_host {
	uint32_t abi;  /* BRIG_PLUGIN_ABI of the host */
	uint32_t size; /* sizeof(struct brig_plugin_host) of the host: newer members may follow */
	void *user;    /* handed back to every function below */

	/* Read the next bytes of the input. Returns how many (0: the end), or a negative errno. */
	ssize_t (*read)(void *user, void *buffer, size_t n);

	/*
	 * Ask for the picture's memory, once. channels 1..4, depth 8 or 16 (host byte order), rows
	 * *ret_stride bytes apart, zeroed, owned by the host. Returns NULL if the picture is over
	 * the limits: the plugin then returns from decode() at once.
	 */
	void *(*surface)(void *user, uint32_t width, uint32_t height, uint32_t channels,
			 uint32_t depth, size_t *ret_stride);

	/* Say why the input can't be decoded; text is copied. The plugin then returns from
	 * decode(). */
	void (*fail)(void *user, enum brig_plugin_error why, const char *text);
};

struct brig_plugin {
	uint32_t abi;     /* BRIG_PLUGIN_ABI that the plugin was built with */
	uint32_t size;    /* sizeof(struct brig_plugin) */
	const char *name; /* "qoi" */

	/* Decode the input onto one surface. Returns 0, or -1 after fail() or a refused surface().
	 */
	int (*decode)(const struct brig_plugin_host *host);
};

#define BRIG_PLUGIN_EXPORT __attribute__((visibility("default")))

/* The one symbol that a plugin exports. Returns a constant object. */
BRIG_PLUGIN_EXPORT const struct brig_plugin *brig_plugin_entry(void);

#ifdef __cplusplus
}
#endif

#endif
