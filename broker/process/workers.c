/* A bounded pool for what may block: opens, encodes. Results come back on the loop's thread. */
#include "broker/broker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define QUEUE_MAX 1024

struct task {
	struct task *next;
	void (*work)(void *);
	void (*done)(void *);
	void *user;
};

struct list {
	struct task *first, **last;
};

struct brig_workers {
	struct brig_loop *loop;
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	struct list todo, finished;
	unsigned int queued;
	bool stopping;
	unsigned int n;
	pthread_t threads[];
};

static void list_add(struct list *list, struct task *task)
{
	task->next = NULL;
	*list->last = task;
	list->last = &task->next;
}

static struct task *list_take(struct list *list)
{
	struct task *task = list->first;

	if (task) {
		list->first = task->next;
		if (!list->first)
			list->last = &list->first;
	}
	return task;
}

static void *worker(void *arg)
{
	struct brig_workers *workers = arg;

	pthread_mutex_lock(&workers->lock);
	for (;;) {
		struct task *task = list_take(&workers->todo);

		if (!task && workers->stopping)
			break;
		if (!task) {
			pthread_cond_wait(&workers->wanted, &workers->lock);
			continue;
		}
		pthread_mutex_unlock(&workers->lock);
		if (task->work)
			task->work(task->user);
		pthread_mutex_lock(&workers->lock);
		list_add(&workers->finished, task);
		brig_loop_wake(workers->loop);
	}
	pthread_mutex_unlock(&workers->lock);
	return NULL;
}

/* The embedder's signals are the embedder's threads' to take. */
static int start_threads(struct brig_workers *workers, unsigned int n)
{
	sigset_t all, before;
	int r = 0;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (!r && workers->n < n) {
		r = pthread_create(&workers->threads[workers->n], NULL, worker, workers);
		if (!r)
			workers->n++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int brig_workers_create(unsigned int n, struct brig_loop *loop, struct brig_workers **ret)
{
	struct brig_workers *workers = calloc(1, sizeof *workers + n * sizeof(pthread_t));

	if (!workers)
		return -ENOMEM;
	workers->loop = loop;
	workers->todo.last = &workers->todo.first;
	workers->finished.last = &workers->finished.first;
	(void)pthread_mutex_init(&workers->lock, NULL);
	(void)pthread_cond_init(&workers->wanted, NULL);
	int r = start_threads(workers, n);
	if (r < 0) {
		brig_workers_destroy(workers);
		return r;
	}
	*ret = workers;
	return 0;
}

int brig_workers_add(struct brig_workers *workers, void (*work)(void *), void (*done)(void *),
		     void *user)
{
	struct task *task = malloc(sizeof *task);
	int r = 0;

	if (!task)
		return -ENOMEM;
	*task = (struct task){ .work = work, .done = done, .user = user };
	pthread_mutex_lock(&workers->lock);
	if (workers->queued >= QUEUE_MAX) {
		r = -EAGAIN;
	} else {
		workers->queued++;
		list_add(&workers->todo, task);
		(void)pthread_cond_signal(&workers->wanted);
	}
	pthread_mutex_unlock(&workers->lock);
	if (r)
		free(task);
	return r;
}

void brig_workers_run_done(struct brig_workers *workers)
{
	for (;;) {
		pthread_mutex_lock(&workers->lock);
		struct task *task = list_take(&workers->finished);
		if (task)
			workers->queued--;
		pthread_mutex_unlock(&workers->lock);
		if (!task)
			return;
		if (task->done)
			task->done(task->user);
		free(task);
	}
}

void brig_workers_destroy(struct brig_workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->lock);
	workers->stopping = true;
	(void)pthread_cond_broadcast(&workers->wanted);
	pthread_mutex_unlock(&workers->lock);
	for (unsigned int i = 0; i < workers->n; i++)
		(void)pthread_join(workers->threads[i], NULL);
	brig_workers_run_done(workers);
	(void)pthread_mutex_destroy(&workers->lock);
	(void)pthread_cond_destroy(&workers->wanted);
	free(workers);
}
