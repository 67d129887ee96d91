/* The only program of a machine: runs the commands of /programs.list, one a line, and tells how each ended. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 16

static void run(char *line)
{
	char *words[WORDS + 1] = { 0 };
	int count = 0, status = 0;
	pid_t child;

	printf("== begin %s\n", line);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		for (char *word = strtok(line, " "); word && count < WORDS; word = strtok(NULL, " "))
			words[count++] = word;
		execv(words[0], words);
		perror(words[0]);
		_exit(127);
	}
	waitpid(child, &status, 0);
	printf("== end %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fflush(stdout);
}

int main(void)
{
	FILE *list = fopen("/programs.list", "re");
	char line[1024];

	if (!list) {
		perror("/programs.list");
		return 1;
	}
	while (fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			run(line);
	}
	return 0;
}
