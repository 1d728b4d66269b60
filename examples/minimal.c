/* minimal.c - decode one image that nobody trusts, in a sealed process: minimal IN.png OUT.png */
#include <brig/decode.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct answer {
	int done;
	struct brig_image *image;
};

static void decoded(void *user, const struct brig_decode_result *result)
{
	struct answer *answer = user;

	answer->done = 1;
	if (result->status == BRIG_DECODE_OK)
		answer->image = brig_image_ref(result->image);
	else
		fprintf(stderr, "minimal: %s\n", result->message);
}

int main(int argc, char **argv)
{
	struct brig_decode_request request = { .size = sizeof request, .fd = -1, .grant_dir = -1 };
	struct answer answer = { 0 };
	struct brig_broker *broker;
	int r, out;

	if (argc != 3) {
		fprintf(stderr, "usage: minimal IN OUT.png\n");
		return 2;
	}
	r = brig_broker_create(NULL, &broker);
	if (r < 0) {
		fprintf(stderr, "minimal: no broker: %s\n", strerror(-r));
		return 3;
	}
	request.path = argv[1];
	r = brig_decode_start(broker, &request, decoded, &answer, NULL);
	while (r >= 0 && !answer.done)
		r = brig_broker_run(broker, -1);
	if (answer.image) {
		out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		r = out < 0 ? -1 : brig_image_write_png(answer.image, out);
		if (out >= 0)
			close(out);
		brig_image_unref(answer.image);
	}
	brig_broker_destroy(broker);
	return answer.image && r == 0 ? 0 : 1;
}
