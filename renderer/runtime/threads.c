/* A role's own threads, started while its filter doesn't stand yet. */
#include "renderer/runtime/runtime.h"

#include <errno.h>
#include <semaphore.h>

struct beginning {
	void *(*body)(void *user);
	void *user;
	sem_t arrived;
};

static void *begin(void *user)
{
	struct beginning *beginning = user;
	void *(*const body)(void *) = beginning->body;
	void *const body_user = beginning->user;

	(void)sem_post(&beginning->arrived); /* it may be gone from here on */
	return body(body_user);
}

int brig_threads_start(unsigned int n, void *(*body)(void *user), void *user, pthread_t *ret)
{
	struct beginning beginning = { .body = body, .user = user };
	unsigned int started = 0;
	int r = sem_init(&beginning.arrived, 0, 0) < 0 ? -errno : 0;

	while (!r && started < n) {
		pthread_t thread;

		r = -pthread_create(&thread, NULL, begin, &beginning);
		if (r)
			break;
		if (ret)
			ret[started] = thread;
		else
			(void)pthread_detach(thread);
		started++;
	}
	/* What they begin with stands on our stack. */
	while (started > 0)
		if (sem_wait(&beginning.arrived) == 0)
			started--;
	(void)sem_destroy(&beginning.arrived);
	return r;
}
