/* A growing run of bytes. */
#include "executor.h"

#include <stdlib.h>
#include <string.h>

unsigned char *bytes_room(struct bytes *bytes, size_t length)
{
	if (bytes->capacity - bytes->length < length) {
		size_t capacity = bytes->capacity ? bytes->capacity : 4096;

		while (capacity - bytes->length < length)
			capacity *= 2;
		bytes->data = realloc(bytes->data, capacity);
		if (!bytes->data)
			fail(1, "no memory for %zu bytes", capacity);
		bytes->capacity = capacity;
	}
	return bytes->data + bytes->length;
}

void bytes_add(struct bytes *bytes, const void *data, size_t length)
{
	if (!length)
		return;
	memcpy(bytes_room(bytes, length), data, length);
	bytes->length += length;
}

void bytes_drop(struct bytes *bytes, size_t length)
{
	bytes->length -= length;
	if (bytes->length)
		memmove(bytes->data, bytes->data + length, bytes->length);
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}
