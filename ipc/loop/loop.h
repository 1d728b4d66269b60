/*
 * ipc/loop/loop.h - the event loop. libevent's types stay behind it.
 *
 * Single-threaded but for brig_loop_wake(). Callbacks may close any watch, their own included.
 */
#ifndef IPC_LOOP_LOOP_H
#define IPC_LOOP_LOOP_H

#include <stdbool.h>

struct brig_loop;
struct brig_watch;
struct brig_timer;

int brig_loop_create(struct brig_loop **ret);
void brig_loop_destroy(struct brig_loop *loop);

/* 1 something ran, 0 the time was up, -EIO. Signals don't end it. @timeout_ms -1: no limit. */
int brig_loop_run(struct brig_loop *loop, int timeout_ms);

/* Any thread, signal handlers too: one write to an eventfd. */
void brig_loop_wake(struct brig_loop *loop);
/* Called on the loop's thread after every wake. */
void brig_loop_on_wake(struct brig_loop *loop, void (*run)(void *user), void *user);

/* Watch @fd (borrowed, open until the watch is closed) until it is readable; and writable if asked.
 */
int brig_watch_open(struct brig_loop *loop, int fd, void (*ready)(void *user), void *user,
		    struct brig_watch **ret);
int brig_watch_want_read(struct brig_watch *watch, bool want);
int brig_watch_want_write(struct brig_watch *watch, bool want);
void brig_watch_close(struct brig_watch *watch);

int brig_timer_open(struct brig_loop *loop, void (*expired)(void *user), void *user,
		    struct brig_timer **ret);
int brig_timer_start(struct brig_timer *timer, int ms);
void brig_timer_stop(struct brig_timer *timer);
void brig_timer_close(struct brig_timer *timer);

#endif
