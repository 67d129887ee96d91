/* Prints a file in pieces that a console carries: a piece that is not the last of its line ends with a backslash. */
#include <stdio.h>

#define PIECE 200

int main(int argc, char **argv)
{
	FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
	int at = 0, byte;

	if (!file)
		return 1;
	while ((byte = getc(file)) != EOF) {
		putchar(byte);
		at = byte == '\n' ? 0 : at + 1;
		if (at == PIECE) {
			printf("\\\n");
			at = 0;
		}
	}
	return 0;
}
