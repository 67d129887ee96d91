/* CRC-32 as in IEEE 802.3 and zlib: reflected polynomial 0xedb88320, start and end inverted. */
#include "executor.h"

uint32_t crc32(const void *data, size_t length)
{
	static uint32_t table[256];
	const unsigned char *byte = data;
	uint32_t sum = 0xffffffff;

	if (!table[1]) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t entry = i;

			for (int bit = 0; bit < 8; bit++)
				entry = entry & 1 ? entry >> 1 ^ 0xedb88320 : entry >> 1;
			table[i] = entry;
		}
	}
	while (length--)
		sum = sum >> 8 ^ table[(sum ^ *byte++) & 0xff];
	return ~sum;
}
