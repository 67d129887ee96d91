/* Command line. */
#include "executor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char HELP[] =
	"Usage: executor [FILE | --link DEVICE | --init]\n"
	"\n"
	"Runs programs of system calls and reports what each step did, for accel-uapi.\n"
	"docs/protocol.md of that project describes the frames.\n"
	"\n"
	"  executor                 programs from standard input, results to standard output\n"
	"  executor FILE            programs from FILE, results to standard output\n"
	"  executor --link DEVICE   both ways over a device, such as a virtio port\n"
	"  executor --init          as process 1 of an initramfs\n"
	"\n"
	"Example: executor program.bin > trace.bin\n";

int main(int count, char **words)
{
	const char *word = count > 1 ? words[1] : NULL;
	int in = STDIN_FILENO;

	if (getpid() == 1 || (word && !strcmp(word, "--init"))) {
		if (getpid() != 1)
			fail(2, "--init is for process 1 of an initramfs; run it without --init here");
		init_run();
	}
	if (word && (!strcmp(word, "--help") || !strcmp(word, "-h"))) {
		fputs(HELP, stdout);
		return 0;
	}
	if (word && !strcmp(word, "--link")) {
		if (count != 3)
			fail(2, "--link needs one device, for example --link /dev/vport0p1");
		return port_serve(words[2]);
	}
	if (count > 2 || (word && word[0] == '-'))
		fail(2, "%s is not understood; executor --help shows what is", count > 2 ? words[2] : word);
	if (word) {
		in = open(word, O_RDONLY | O_CLOEXEC);
		if (in < 0)
			fail(2, "%s cannot be read: %s; give a file of PROGRAM frames", word, strerror(errno));
	} else if (isatty(in)) {
		fail(2, "standard input is a terminal but programs are binary; executor --help shows the ways");
	}
	return link_serve(in, STDOUT_FILENO, false);
}
