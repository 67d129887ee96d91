/* Writes the words behind the first into the file that it names, with one call. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char text[256] = "";
	int fd;

	for (int at = 2; at < argc; at++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", at > 2 ? " " : "", argv[at]);
	fd = argc > 2 ? open(argv[1], O_WRONLY) : -1;
	if (fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		return 0;
	perror(argc > 1 ? argv[1] : argv[0]);
	return 1;
}
