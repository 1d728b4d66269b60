#include "ipc/loop/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct brig_loop {
	struct event_base *base;
	struct event *wake;
	struct event *alarm; /* ends a run whose time is up */
	int wake_fd;
	bool ran;
	void (*on_wake)(void *user);
	void *on_wake_user;
};

struct brig_watch {
	struct brig_loop *loop;
	struct event *read;
	struct event *write;
	void (*ready)(void *user);
	void *user;
};

struct brig_timer {
	struct brig_loop *loop;
	struct event *event;
	void (*expired)(void *user);
	void *user;
};

static void woken(evutil_socket_t fd, short what, void *arg)
{
	struct brig_loop *loop = arg;
	uint64_t count;
	(void)what;

	loop->ran = true;
	if (read(fd, &count, sizeof count) < 0)
		return; /* somebody's wake was counted already */
	if (loop->on_wake)
		loop->on_wake(loop->on_wake_user);
}

static void alarmed(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg; /* that it ran ends EVLOOP_ONCE */
}

static struct event_base *base_create(void)
{
	struct event_config *config = event_config_new();

	if (!config)
		return NULL;
	/* One thread owns it, and what is in the environment is not ours to obey. Its timers are of
	 * milliseconds: precise ones would cost each turn a system call. */
	(void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
	struct event_base *base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

int brig_loop_create(struct brig_loop **ret)
{
	struct brig_loop *loop = calloc(1, sizeof *loop);

	if (!loop)
		return -ENOMEM;
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int r = loop->wake_fd < 0 ? -errno : 0;
	if (!r)
		loop->base = base_create();
	if (!r && loop->base) {
		loop->wake =
			event_new(loop->base, loop->wake_fd, EV_READ | EV_PERSIST, woken, loop);
		loop->alarm = evtimer_new(loop->base, alarmed, loop);
	}
	if (!r && (!loop->wake || !loop->alarm || event_add(loop->wake, NULL) < 0))
		r = -ENOMEM;
	if (r) {
		brig_loop_destroy(loop);
		return r;
	}
	*ret = loop;
	return 0;
}

void brig_loop_destroy(struct brig_loop *loop)
{
	if (!loop)
		return;
	if (loop->wake)
		event_free(loop->wake);
	if (loop->alarm)
		event_free(loop->alarm);
	if (loop->base)
		event_base_free(loop->base);
	if (loop->wake_fd >= 0)
		(void)close(loop->wake_fd);
	free(loop);
}

static struct timeval from_ms(int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int run_once(struct brig_loop *loop, int timeout_ms)
{
	const struct timeval time = from_ms(timeout_ms > 0 ? timeout_ms : 0);

	if (timeout_ms > 0)
		(void)event_add(loop->alarm, &time);
	int r = event_base_loop(loop->base, EVLOOP_ONCE | (timeout_ms == 0 ? EVLOOP_NONBLOCK : 0));
	if (timeout_ms > 0)
		(void)event_del(loop->alarm);
	return r < 0 ? -EIO : 0;
}

/* Its timers may come as much too early as its clock is coarse: then the rest is waited for. */
int brig_loop_run(struct brig_loop *loop, int timeout_ms)
{
	const int64_t end = timeout_ms > 0 ? now_ms() + timeout_ms : 0;
	int r, left = timeout_ms;

	loop->ran = false;
	do {
		r = run_once(loop, left);
		if (!r && !loop->ran && timeout_ms > 0)
			left = (int)(end - now_ms());
	} while (!r && !loop->ran && timeout_ms > 0 && left > 0);
	return r ? r : loop->ran;
}

void brig_loop_wake(struct brig_loop *loop)
{
	const uint64_t one = 1;
	int saved = errno;
	ssize_t r = write(loop->wake_fd, &one, sizeof one);

	(void)r; /* EAGAIN: a wake is pending anyhow */
	errno = saved;
}

void brig_loop_on_wake(struct brig_loop *loop, void (*run)(void *user), void *user)
{
	loop->on_wake = run;
	loop->on_wake_user = user;
}

static void watch_ready(evutil_socket_t fd, short what, void *arg)
{
	struct brig_watch *watch = arg;
	(void)fd;
	(void)what;

	watch->loop->ran = true;
	watch->ready(watch->user);
}

int brig_watch_open(struct brig_loop *loop, int fd, void (*ready)(void *user), void *user,
		    struct brig_watch **ret)
{
	struct brig_watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		return -ENOMEM;
	watch->loop = loop;
	watch->ready = ready;
	watch->user = user;
	watch->read = event_new(loop->base, fd, EV_READ | EV_PERSIST, watch_ready, watch);
	watch->write = event_new(loop->base, fd, EV_WRITE | EV_PERSIST, watch_ready, watch);
	if (!watch->read || !watch->write || event_add(watch->read, NULL) < 0) {
		brig_watch_close(watch);
		return -ENOMEM;
	}
	*ret = watch;
	return 0;
}

int brig_watch_want_read(struct brig_watch *watch, bool want)
{
	int r = want ? event_add(watch->read, NULL) : event_del(watch->read);

	return r < 0 ? -ENOMEM : 0;
}

int brig_watch_want_write(struct brig_watch *watch, bool want)
{
	int r = want ? event_add(watch->write, NULL) : event_del(watch->write);

	return r < 0 ? -ENOMEM : 0;
}

void brig_watch_close(struct brig_watch *watch)
{
	if (!watch)
		return;
	if (watch->read)
		event_free(watch->read);
	if (watch->write)
		event_free(watch->write);
	free(watch);
}

static void timer_expired(evutil_socket_t fd, short what, void *arg)
{
	struct brig_timer *timer = arg;
	(void)fd;
	(void)what;

	timer->loop->ran = true;
	timer->expired(timer->user);
}

int brig_timer_open(struct brig_loop *loop, void (*expired)(void *user), void *user,
		    struct brig_timer **ret)
{
	struct brig_timer *timer = calloc(1, sizeof *timer);

	if (!timer)
		return -ENOMEM;
	timer->loop = loop;
	timer->expired = expired;
	timer->user = user;
	timer->event = evtimer_new(loop->base, timer_expired, timer);
	if (!timer->event) {
		free(timer);
		return -ENOMEM;
	}
	*ret = timer;
	return 0;
}

int brig_timer_start(struct brig_timer *timer, int ms)
{
	const struct timeval time = from_ms(ms);

	return evtimer_add(timer->event, &time) < 0 ? -ENOMEM : 0;
}

void brig_timer_stop(struct brig_timer *timer)
{
	(void)evtimer_del(timer->event);
}

void brig_timer_close(struct brig_timer *timer)
{
	if (!timer)
		return;
	event_free(timer->event);
	free(timer);
}
