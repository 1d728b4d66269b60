/* `brig selftest` alone, for a suite whose rows are wrong. */
#include "tools/command.h"

int main(int argc, char **argv)
{
	return selftest_main(argc, argv);
}
