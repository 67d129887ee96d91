/* Sentences for people, on standard error. */
#include "executor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void sentence(const char *format, va_list list)
{
	fputs("executor: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
}

void say(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	sentence(format, list);
	va_end(list);
}

void fail(int status, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	sentence(format, list);
	va_end(list);
	kmsg_close();
	exit(status);
}
