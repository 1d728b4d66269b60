/* brig-child, the helper binary. It does nothing but be one. */
#include <brig/child.h>

#include <stdio.h>

int main(int argc, char **argv)
{
	if (brig_child_main(argc, argv) < 0)
		(void)fprintf(stderr,
			      "brig-child is started by libbrig; see brig(1) for the command\n");
	return 2;
}
