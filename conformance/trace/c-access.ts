/**
 * The C functions that touch memory through a pointer of the program: a fault of theirs ends that access only, as
 * docs/protocol.md says of load, store, checksum, fill and copy.
 */

export interface Helper {
  readonly needs?: readonly string[];
  readonly text: string;
}

/** In an order in which each follows those that it needs. */
export const ACCESS: Readonly<Record<string, Helper>> = {
  guard: {
    text: `static sigjmp_buf jump;
static volatile sig_atomic_t armed;

/* A fault of our own access ends that access only. */
static void on_fault(int number)
{
	if (!armed) {
		signal(number, SIG_DFL);
		raise(number);
		return;
	}
	armed = 0;
	siglongjmp(jump, number);
}

static void guard(void)
{
	struct sigaction action = { .sa_handler = on_fault };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}`,
  },
  guarded: {
    needs: ['guard'],
    text: `/* What an access is about: not on the stack, where a jump back might lose it. */
static struct {
	uint64_t address, length, number;
} wanted;

static struct outcome guarded(void (*access)(void))
{
	int raised = sigsetjmp(jump, 1);

	if (raised)
		return (struct outcome){ .ret = -1, .signal = raised };
	armed = 1;
	access();
	armed = 0;
	return (struct outcome){ .ret = (int64_t)wanted.number };
}`,
  },
  memory_load: {
    needs: ['guarded'],
    text: `static void load_now(void)
{
	volatile unsigned char *at = (volatile unsigned char *)(uintptr_t)wanted.address;
	const uint64_t width = wanted.length, off = wanted.address % width;

	wanted.number = 0;
	if (width == 2 && !off)
		wanted.number = *(volatile uint16_t *)at;
	else if (width == 4 && !off)
		wanted.number = *(volatile uint32_t *)at;
	else if (width == 8 && !off)
		wanted.number = *(volatile uint64_t *)at;
	else
		for (uint64_t i = 0; i < width; i++)
			wanted.number |= (uint64_t)at[i] << 8 * i;
}

static struct outcome memory_load(uint64_t address, uint64_t width)
{
	wanted.address = address;
	wanted.length = width;
	return guarded(load_now);
}`,
  },
  memory_store: {
    needs: ['guarded'],
    text: `static void store_now(void)
{
	volatile unsigned char *at = (volatile unsigned char *)(uintptr_t)wanted.address;
	const uint64_t width = wanted.length, off = wanted.address % width;

	if (width == 2 && !off)
		*(volatile uint16_t *)at = (uint16_t)wanted.number;
	else if (width == 4 && !off)
		*(volatile uint32_t *)at = (uint32_t)wanted.number;
	else if (width == 8 && !off)
		*(volatile uint64_t *)at = wanted.number;
	else
		for (uint64_t i = 0; i < width; i++)
			at[i] = (unsigned char)(wanted.number >> 8 * i);
	wanted.number = 0;
}

static struct outcome memory_store(uint64_t address, uint64_t width, uint64_t number)
{
	wanted.address = address;
	wanted.length = width;
	wanted.number = number;
	return guarded(store_now);
}`,
  },
  memory_fill: {
    needs: ['guarded'],
    text: `static void fill_now(void)
{
	volatile unsigned char *at = (volatile unsigned char *)(uintptr_t)wanted.address;
	uint64_t left = wanted.length, word = (wanted.number & 0xff) * 0x0101010101010101ull;

	/* Upwards and by whole aligned words: memory of a device may take nothing else. */
	for (; left && (uintptr_t)at % 8; left--)
		*at++ = (unsigned char)word;
	for (; left >= 8; left -= 8, at += 8)
		*(volatile uint64_t *)at = word;
	for (; left; left--)
		*at++ = (unsigned char)word;
	wanted.number = 0;
}

static struct outcome memory_fill(uint64_t address, uint64_t length, uint64_t byte)
{
	wanted.address = address;
	wanted.length = length;
	wanted.number = byte;
	return guarded(fill_now);
}`,
  },
  memory_copy: {
    needs: ['guarded'],
    text: `static void copy_now(void)
{
	volatile unsigned char *at = (volatile unsigned char *)(uintptr_t)wanted.address;
	const volatile unsigned char *from = (const volatile unsigned char *)(uintptr_t)wanted.number;
	uint64_t left = wanted.length;

	/* Stored by whole aligned words: memory of a device may take nothing else. */
	for (; left && (uintptr_t)at % 8; left--)
		*at++ = *from++;
	for (; left >= 8; left -= 8, at += 8) {
		uint64_t word = 0;

		for (int i = 0; i < 8; i++)
			word |= (uint64_t)*from++ << 8 * i;
		*(volatile uint64_t *)at = word;
	}
	for (; left; left--)
		*at++ = *from++;
	wanted.number = 0;
}

static struct outcome memory_copy(uint64_t address, uint64_t source, uint64_t length)
{
	wanted.address = address;
	wanted.length = length;
	wanted.number = source;
	return guarded(copy_now);
}`,
  },
  checksum: {
    needs: ['guarded'],
    text: `/* CRC-32 of IEEE 802.3, as in zlib. */
static void checksum_now(void)
{
	volatile unsigned char *at = (volatile unsigned char *)(uintptr_t)wanted.address;
	uint32_t crc = 0xffffffff;

	for (uint64_t i = 0; i < wanted.length; i++) {
		crc ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	wanted.number = (uint32_t)~crc;
}

static struct outcome checksum(uint64_t address, uint64_t length)
{
	wanted.address = address;
	wanted.length = length;
	return guarded(checksum_now);
}`,
  },
};
