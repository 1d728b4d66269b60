/* tools/interrupt.h - Ctrl-C, kill and hang-up: seen by the loop, which then cleans up. */
#ifndef TOOLS_INTERRUPT_H
#define TOOLS_INTERRUPT_H

struct brig_broker;

void interrupt_watch(struct brig_broker *broker);
void interrupt_forget(void);
/* 0, or the signal. */
int interrupted(void);

#endif
