/*
 * An arena of many small things: buddies, whose list lies in our own memory. Nothing that lies in
 * the shared pages is read but to be copied.
 */
#include <brig/objects.h>

#include <brig/memory.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define LEAST_SHIFT 6  /* 64 bytes: a cache line */
#define FIRST_SHIFT 12 /* of the smallest arena */
#define ORDERS      (28 - LEAST_SHIFT + 1)
#define NONE        UINT32_MAX

_Static_assert(BRIG_OBJECTS_BYTES_MAX == 1u << (ORDERS - 1 + LEAST_SHIFT), "orders fit it");

/* What begins at a place, one every 64 bytes. Most never do, and cost nothing (calloc). */
struct place {
	uint64_t generation;   /* of an object; 0: none begins here */
	uint32_t length;       /* of that, bytes */
	uint32_t next, before; /* in the list of its order, while it is free */
	uint8_t order;         /* log2 of how many places it has */
	bool free;
};

struct brig_objects {
	struct brig_unsafe *memory;
	struct place *places;
	unsigned int order; /* of all of it */
	uint32_t free[ORDERS];
	uint64_t generation; /* of the last */
	bool lent;
};

static void add_free(struct brig_objects *objects, uint32_t at, unsigned int order)
{
	struct place *place = &objects->places[at];

	place->free = true;
	place->order = (uint8_t)order;
	place->before = NONE;
	place->next = objects->free[order];
	if (place->next != NONE)
		objects->places[place->next].before = at;
	objects->free[order] = at;
}

static void remove_free(struct brig_objects *objects, uint32_t at)
{
	struct place *place = &objects->places[at];

	place->free = false;
	if (place->next != NONE)
		objects->places[place->next].before = place->before;
	if (place->before != NONE)
		objects->places[place->before].next = place->next;
	else
		objects->free[place->order] = place->next;
}

/* The smallest power of two of them that has @n bytes. */
static unsigned int order_for(size_t n, unsigned int shift)
{
	unsigned int order = 0;

	while (((size_t)1 << (order + shift)) < n)
		order++;
	return order;
}

int brig_objects_create(size_t size, struct brig_objects **ret)
{
	if (!size || size > BRIG_OBJECTS_BYTES_MAX || !ret)
		return -EINVAL;
	struct brig_objects *objects = calloc(1, sizeof *objects);
	if (!objects)
		return -ENOMEM;
	objects->order = order_for(size, FIRST_SHIFT) + FIRST_SHIFT - LEAST_SHIFT;
	objects->places = calloc((size_t)1 << objects->order, sizeof *objects->places);
	for (size_t i = 0; i < ORDERS; i++)
		objects->free[i] = NONE;
	int r = objects->places ? 0 : -ENOMEM;
	if (!r)
		r = brig_unsafe_create((size_t)1 << (objects->order + LEAST_SHIFT),
				       &objects->memory);
	if (r) {
		brig_objects_destroy(objects);
		return r;
	}
	add_free(objects, 0, objects->order);
	*ret = objects;
	return 0;
}

int brig_objects_lend(struct brig_objects *objects)
{
	if (objects->lent)
		return -EALREADY;
	int fd = brig_unsafe_lend(objects->memory);
	objects->lent = fd >= 0;
	return fd;
}

size_t brig_objects_size(const struct brig_objects *objects)
{
	return brig_unsafe_size(objects->memory);
}

int brig_objects_add(struct brig_objects *objects, size_t n, struct brig_object *ret)
{
	if (!n || !ret)
		return -EINVAL;
	if (n > brig_objects_size(objects))
		return -ENOSPC;
	const unsigned int wanted = order_for(n, LEAST_SHIFT);
	unsigned int order = wanted;
	while (order <= objects->order && objects->free[order] == NONE)
		order++;
	if (order > objects->order)
		return -ENOSPC;
	const uint32_t at = objects->free[order];
	remove_free(objects, at);
	while (order-- > wanted) /* the upper half stays free */
		add_free(objects, at + (1u << order), order);
	struct place *place = &objects->places[at];
	place->order = (uint8_t)wanted;
	place->length = (uint32_t)n;
	place->generation = ++objects->generation;
	*ret = (struct brig_object){ place->generation, at << LEAST_SHIFT, place->length };
	return 0;
}

int brig_objects_put(struct brig_objects *objects, const void *bytes, size_t n,
		     struct brig_object *ret)
{
	int r = bytes ? brig_objects_add(objects, n, ret) : -EINVAL;

	return r ? r : brig_unsafe_write(objects->memory, ret->offset, bytes, n);
}

/* The place of one that is there; NULL: there is none. */
static struct place *find(const struct brig_objects *objects, const struct brig_object *object)
{
	const uint32_t at = object->offset >> LEAST_SHIFT;

	if (!object->generation || at >> objects->order || at << LEAST_SHIFT != object->offset)
		return NULL;
	struct place *place = &objects->places[at];
	return place->generation == object->generation && place->length == object->length ? place
											  : NULL;
}

static void end(struct brig_objects *objects, struct place *place)
{
	uint32_t at = (uint32_t)(place - objects->places);
	unsigned int order = place->order;

	place->generation = 0;
	while (order < objects->order) {
		const uint32_t other = at ^ (1u << order);
		const struct place *buddy = &objects->places[other];

		if (!buddy->free || buddy->order != order)
			break;
		remove_free(objects, other);
		at &= ~(1u << order);
		order++;
	}
	add_free(objects, at, order);
}

int brig_objects_take(struct brig_objects *objects, const struct brig_object *object, void *into,
		      size_t room, size_t *ret_n)
{
	struct place *place = find(objects, object);

	if (!place)
		return -ESTALE;
	if (place->length > room)
		return -EMSGSIZE;
	int r = brig_unsafe_copy(objects->memory, object->offset, place->length, into);
	if (r)
		return r;
	if (ret_n)
		*ret_n = place->length;
	end(objects, place);
	return 0;
}

int brig_objects_remove(struct brig_objects *objects, const struct brig_object *object)
{
	struct place *place = find(objects, object);

	if (!place)
		return -ESTALE;
	end(objects, place);
	return 0;
}

void brig_objects_destroy(struct brig_objects *objects)
{
	if (!objects)
		return;
	brig_unsafe_destroy(objects->memory);
	free(objects->places);
	free(objects);
}
