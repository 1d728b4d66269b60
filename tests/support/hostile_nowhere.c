/* A library that a plugin needs, and that no sealed process can reach. */
__attribute__((visibility("default"))) int hostile_nowhere(void);

int hostile_nowhere(void)
{
	return 0;
}
