#include "renderer/runtime/client.h"

#include "ipc/dispatch/dispatch.h"
#include "ipc/schema/services.h"
#include "sandbox/base/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define REPLY_ELEMENTS 64

void brig_client_init(struct brig_client *client, int fd)
{
	brig_channel_init(&client->channel, fd);
	client->next_id = 1;
	client->listener = -1;
	client->threads = NULL;
}

static int send_message(struct brig_client *client, const struct brig_frame *frame,
			const ProtobufCMessage *message)
{
	uint8_t *bytes = client->buffer;
	struct brig_frame header = *frame;
	size_t length = protobuf_c_message_get_packed_size(message);

	if (length > BRIG_PAYLOAD_MAX)
		return -EMSGSIZE;
	header.version = BRIG_FRAME_VERSION;
	header.length = (uint32_t)length;
	memcpy(bytes, &header, sizeof header);
	protobuf_c_message_pack(message, bytes + sizeof header);
	return brig_packet_send(client->channel.fd, bytes, sizeof header + length, NULL, 0, true);
}

/* The next whole message, its header checked: the broker is trusted, our own bugs are not. */
static int receive(struct brig_client *client, struct brig_packet *packet, struct brig_frame *frame)
{
	int r = brig_channel_receive(&client->channel, client->buffer, true, packet);

	if (r == 0)
		return -EPIPE;
	if (r < 0)
		return r;
	if (brig_frame_parse(packet->bytes, packet->n, packet->n_fds, frame)) {
		brig_packet_close(packet);
		return -EPROTO;
	}
	return 0;
}

static const ProtobufCMessage *unpack(struct brig_client *client, const struct brig_frame *frame,
				      const ProtobufCMessageDescriptor *descriptor)
{
	enum brig_bad_message bad;

	return brig_unpack(&client->arena, descriptor, client->buffer + sizeof *frame,
			   frame->length, REPLY_ELEMENTS, &bad);
}

static int take_fd(struct brig_packet *packet)
{
	int fd = packet->n_fds == 1 ? packet->fds[0] : -1;

	if (packet->n_fds == 1)
		packet->n_fds = 0;
	brig_packet_close(packet);
	return fd;
}

int brig_client_wait_job(struct brig_client *client, struct brig_job *ret)
{
	struct brig_packet packet;
	struct brig_frame frame;
	int r = receive(client, &packet, &frame);

	if (r < 0)
		return r;
	brig_close_fd(&client->listener); /* the broker has it, or would not have sent work */
	int fd = take_fd(&packet);
	const Brig__Ipc__DecodeStart *start = NULL;
	if (frame.kind == BRIG_KIND_EVENT && frame.service == BRIG_SERVICE_DECODE &&
	    frame.method == BRIG_DECODE_START)
		start = (const void *)unpack(client, &frame, &brig__ipc__decode_start__descriptor);
	if (!start || fd < 0) {
		brig_close_fd(&fd);
		return -EPROTO;
	}
	*ret = (struct brig_job){ .fd = fd,
				  .max_pixels = start->max_pixels,
				  .max_bytes = start->max_bytes,
				  .fit_width = start->fit_width,
				  .fit_height = start->fit_height };
	return 0;
}

static int take_refusal(struct brig_client *client, const struct brig_frame *frame,
			struct brig_answer *ret)
{
	const Brig__Ipc__Refusal *refusal =
		(const void *)unpack(client, frame, &brig__ipc__refusal__descriptor);

	if (!refusal || !refusal->error || refusal->error > INT_MAX)
		return -EPROTO;
	ret->refused = (int)refusal->error;
	ret->reason = refusal->reason;
	return 0;
}

int brig_client_call(struct brig_client *client, const struct brig_request *request,
		     struct brig_answer *ret)
{
	const struct brig_frame header = { .kind = BRIG_KIND_REQUEST,
					   .service = request->service,
					   .method = request->method,
					   .id = client->next_id++ };
	struct brig_packet packet;
	struct brig_frame frame;

	*ret = (struct brig_answer){ .fd = -1 };
	int r = send_message(client, &header, request->message);
	if (!r)
		r = receive(client, &packet, &frame);
	if (r < 0)
		return r;
	ret->fd = take_fd(&packet);
	if (frame.id != header.id)
		r = -EPROTO;
	else if (frame.kind == BRIG_KIND_ERROR)
		r = take_refusal(client, &frame, ret);
	else if (frame.kind == BRIG_KIND_REPLY)
		ret->message = unpack(client, &frame, request->reply);
	if (!r && !ret->refused && !ret->message)
		r = -EPROTO;
	if (r < 0)
		brig_close_fd(&ret->fd);
	return r;
}

int brig_client_event(struct brig_client *client, uint16_t service, uint16_t method,
		      const ProtobufCMessage *message)
{
	const struct brig_frame header = { .kind = BRIG_KIND_EVENT,
					   .service = service,
					   .method = method };

	return send_message(client, &header, message);
}

int brig_client_event_fd(const struct brig_client *client, uint16_t service, uint16_t method,
			 int fd)
{
	const struct brig_frame header = { .version = BRIG_FRAME_VERSION,
					   .kind = BRIG_KIND_EVENT,
					   .service = service,
					   .method = method,
					   .n_fds = 1 };

	return brig_packet_send(client->channel.fd, &header, sizeof header, &fd, 1, true);
}
