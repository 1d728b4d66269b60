/* tools/ipc/record.h - brig trace -- COMMAND. */
#ifndef TOOLS_IPC_RECORD_H
#define TOOLS_IPC_RECORD_H

#include <stdbool.h>

/*
 * Runs the command with its brokers recorded; @file is where the journal goes. Its exit status, or
 * this process dies of the signal that the command died of.
 */
int record_command(const char *file, bool payloads, char *const *command);

#endif
