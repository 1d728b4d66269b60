/* The one mutable record that a signal handler needs. */
#include "interrupt.h"

#include <brig/broker.h>

#include <signal.h>
#include <stddef.h>

static struct brig_broker *volatile watched;
static volatile sig_atomic_t caught;

static void note(int signal_number)
{
	struct brig_broker *broker = watched;

	caught = signal_number;
	if (broker)
		brig_broker_wake(broker);
}

void interrupt_watch(struct brig_broker *broker)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	/* Once: the second one ends the command at once, and unnamed files with it. */
	struct sigaction action = { .sa_handler = note, .sa_flags = (int)SA_RESETHAND };

	watched = broker;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		(void)sigaction(signals[i], &action, NULL);
}

void interrupt_forget(void)
{
	watched = NULL;
}

int interrupted(void)
{
	return caught;
}
