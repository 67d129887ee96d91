/*
 * CRC-32 as in IEEE 802.3 and zlib: reflected polynomial 0xedb88320, start and end inverted. Four bytes at a time: every
 * frame is summed twice on its way, and an emulated processor takes its time.
 */
#include "executor.h"

#include <string.h>

/* table[n][b]: what byte b does to the sum when n more bytes follow it. */
static uint32_t table[4][256];

static void make_table(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t entry = i;

		for (int bit = 0; bit < 8; bit++)
			entry = entry & 1 ? entry >> 1 ^ 0xedb88320 : entry >> 1;
		table[0][i] = entry;
	}
	for (uint32_t n = 1; n < 4; n++)
		for (uint32_t i = 0; i < 256; i++)
			table[n][i] = table[n - 1][i] >> 8 ^ table[0][table[n - 1][i] & 0xff];
}

uint32_t crc32(const void *data, size_t length)
{
	const unsigned char *byte = data;
	uint32_t sum = 0xffffffff, word;

	if (!table[3][1])
		make_table();
	for (; length >= sizeof(word); length -= sizeof(word), byte += sizeof(word)) {
		memcpy(&word, byte, sizeof(word));
		sum ^= word;
		sum = table[3][sum & 0xff] ^ table[2][sum >> 8 & 0xff] ^ table[1][sum >> 16 & 0xff] ^ table[0][sum >> 24];
	}
	while (length--)
		sum = sum >> 8 ^ table[0][(sum ^ *byte++) & 0xff];
	return ~sum;
}
