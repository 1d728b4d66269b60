/* A program that is its own helper: own_helper IMAGE. Says how the decode ended. */
#include <brig/child.h>
#include <brig/decode.h>

#include <stdio.h>
#include <string.h>

struct answer {
	int done;
	enum brig_decode_status status;
};

static void decoded(void *user, const struct brig_decode_result *result)
{
	struct answer *answer = user;

	answer->done = 1;
	answer->status = result->status;
	printf("%s: %s\n", brig_decode_status_name(result->status), result->message);
}

int main(int argc, char **argv)
{
	const struct brig_broker_options options = { .size = sizeof options,
						     .child_path = "/proc/self/exe" };
	struct brig_decode_request request = { .size = sizeof request, .fd = -1, .grant_dir = -1 };
	struct answer answer = { 0 };
	struct brig_broker *broker;
	int r = brig_child_main(argc, argv); /* returns only in one that is no helper */

	if (argc != 2)
		return 2;
	request.path = argv[1];
	r = brig_broker_create(&options, &broker);
	if (r < 0) {
		printf("no broker: %s\n", strerror(-r));
		return 3;
	}
	r = brig_decode_start(broker, &request, decoded, &answer, NULL);
	while (r >= 0 && !answer.done)
		r = brig_broker_run(broker, -1);
	brig_broker_destroy(broker);
	return answer.done && answer.status == BRIG_DECODE_OK ? 0 : 1;
}
