/* Our own accesses to memory of the program, through pointers that may fault. */
#include "executor.h"

#include <errno.h>

static uint64_t load(uintptr_t address, uint64_t width)
{
	uint64_t number = 0;

	if (address % width) {
		for (uint64_t i = 0; i < width; i++)
			number |= (uint64_t)((volatile unsigned char *)address)[i] << 8 * i;
		return number;
	}
	switch (width) {
	case 1: return *(volatile uint8_t *)address;
	case 2: return *(volatile uint16_t *)address;
	case 4: return *(volatile uint32_t *)address;
	default: return *(volatile uint64_t *)address;
	}
}

static void store(uintptr_t address, uint64_t width, uint64_t number)
{
	if (address % width) {
		for (uint64_t i = 0; i < width; i++)
			((volatile unsigned char *)address)[i] = number >> 8 * i;
		return;
	}
	switch (width) {
	case 1: *(volatile uint8_t *)address = number; break;
	case 2: *(volatile uint16_t *)address = number; break;
	case 4: *(volatile uint32_t *)address = number; break;
	default: *(volatile uint64_t *)address = number; break;
	}
}

static bool is_width(uint64_t width)
{
	return width == 1 || width == 2 || width == 4 || width == 8;
}

static struct outcome outcome_fault(int signal_number)
{
	return (struct outcome){ .ret = -1, .status = PROTO_STATUS_FAULT, .signal = signal_number };
}

struct outcome op_load(uint64_t address, uint64_t width)
{
	struct outcome outcome = { 0 };
	int fault;

	if (!is_width(width))
		return outcome_error(EINVAL);
	fault = fault_guard();
	if (fault)
		return outcome_fault(fault);
	outcome.ret = load(address, width);
	fault_disarm();
	return outcome;
}

struct outcome op_store(uint64_t address, uint64_t width, uint64_t number)
{
	int fault;

	if (!is_width(width))
		return outcome_error(EINVAL);
	fault = fault_guard();
	if (fault)
		return outcome_fault(fault);
	store(address, width, number);
	fault_disarm();
	return outcome_of(0);
}

struct outcome op_checksum(uint64_t address, uint64_t length)
{
	struct outcome outcome = { 0 };
	int fault = fault_guard();

	if (fault)
		return outcome_fault(fault);
	outcome.ret = crc32((const void *)(uintptr_t)address, length);
	fault_disarm();
	return outcome;
}

/* Upwards and by whole aligned words: memory of a device may take nothing else, and memset promises no order. */
static __attribute__((noinline)) void fill(uintptr_t at, uint64_t length, uint8_t byte)
{
	const uint64_t word = byte * 0x0101010101010101;

	for (; length && at % 8; length--, at++)
		*(volatile uint8_t *)at = byte;
	for (; length >= 8; length -= 8, at += 8)
		*(volatile uint64_t *)at = word;
	for (; length; length--, at++)
		*(volatile uint8_t *)at = byte;
}

struct outcome op_fill(uint64_t address, uint64_t length, uint64_t byte)
{
	int fault = fault_guard();

	if (fault)
		return outcome_fault(fault);
	fill(address, length, byte);
	fault_disarm();
	return outcome_of(0);
}

/* As protocol.yaml says: the source may be at any address and is read by bytes, what is stored goes by aligned words. */
static __attribute__((noinline)) void copy(uintptr_t at, uintptr_t from, uint64_t length)
{
	const volatile uint8_t *source = (const volatile uint8_t *)from;

	for (; length && at % 8; length--, at++)
		*(volatile uint8_t *)at = *source++;
	for (; length >= 8; length -= 8, at += 8) {
		uint64_t word = 0;

		for (int i = 0; i < 8; i++)
			word |= (uint64_t)*source++ << 8 * i;
		*(volatile uint64_t *)at = word;
	}
	for (; length; length--, at++)
		*(volatile uint8_t *)at = *source++;
}

struct outcome op_copy(uint64_t address, uint64_t source, uint64_t length)
{
	int fault = fault_guard();

	if (fault)
		return outcome_fault(fault);
	copy(address, source, length);
	fault_disarm();
	return outcome_of(0);
}
