/* Frames: a header with length and checksum, then the payload. */
#include "executor.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the protocol is little-endian; this executor reads its records in place"
#endif

size_t frame_begin(struct bytes *bytes, enum proto_frame type)
{
	struct proto_header header = { .magic = PROTO_MAGIC, .version = PROTO_VERSION, .type = type };
	size_t begin = bytes->length;

	bytes_add(bytes, &header, sizeof(header));
	return begin;
}

void frame_end(struct bytes *bytes, size_t begin)
{
	struct proto_header header;
	unsigned char *payload = bytes->data + begin + sizeof(header);

	memcpy(&header, bytes->data + begin, sizeof(header));
	header.length = bytes->length - begin - sizeof(header);
	header.crc32 = header.length ? crc32(payload, header.length) : 0;
	memcpy(bytes->data + begin, &header, sizeof(header));
}

void frame_error(struct bytes *bytes, uint32_t program, const char *text)
{
	struct proto_error error = { .program = program, .text_length = strlen(text) };
	size_t begin = frame_begin(bytes, PROTO_FRAME_ERROR);

	bytes_add(bytes, &error, sizeof(error));
	bytes_add(bytes, text, error.text_length);
	frame_end(bytes, begin);
}

ssize_t frame_whole(const unsigned char *data, size_t length, const char **why)
{
	static const uint32_t magic = PROTO_MAGIC;
	struct proto_header header;

	if (memcmp(data, &magic, length < sizeof(magic) ? length : sizeof(magic))) {
		*why = "what came is no frame: it does not begin with the magic number";
		return -1;
	}
	if (length < sizeof(header))
		return 0;
	memcpy(&header, data, sizeof(header));
	if (header.version != PROTO_VERSION) {
		*why = "the frame has another protocol version than this executor; rebuild it from the same kit";
		return -1;
	}
	if (header.length > PROTO_MAX_PAYLOAD) {
		*why = "the frame is longer than a frame may be";
		return -1;
	}
	if (length - sizeof(header) < header.length)
		return 0;
	if (header.crc32 != (header.length ? crc32(data + sizeof(header), header.length) : 0)) {
		*why = "the frame has a wrong checksum; something changes bytes on the way";
		return -1;
	}
	return sizeof(header) + header.length;
}
