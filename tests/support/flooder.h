/* tests/support/flooder.h - what tests/support/flooder.c is ordered to do. */
#ifndef TESTS_SUPPORT_FLOODER_H
#define TESTS_SUPPORT_FLOODER_H

enum flood {
	FLOOD_HONEST,  /* calls that wait for their answers */
	FLOOD_SMALL,   /* events, for which it waits for credit */
	FLOOD_LARGE,   /* the same of 64 KiB */
	FLOOD_FDS,     /* the same with descriptors */
	FLOOD_RUDE,    /* events, whatever its credit is */
	FLOOD_UNREAD,  /* calls, and never a look at the answers */
	FLOOD_BATCHED, /* events, several to a packet */
	FLOOD_OFTEN,   /* calls over their method's rate; all answers are read */
	FLOOD_KEPT,    /* one with a descriptor; then one for each wake that came meanwhile */
	FLOOD_DEAF,    /* none, until its pipe ends, and never a look at what it is told */
	FLOOD_LIAR,    /* it says that it can pass no descriptor, and waits for the answer */
	FLOOD_HURRY, /* a call with descriptors, which has two seconds; then an event of how it went
		      */
	FLOOD_COUNT
};

#endif
