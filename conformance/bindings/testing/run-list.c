/*
 * The only program of a machine: runs the commands of /programs.list, one a line, and tells how each ended. A command
 * behind `& ` is left running; `wait PATH` waits until there is something at a path.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS 16
#define PATIENCE 120

static pid_t start(char *line)
{
	char *words[WORDS + 1] = { 0 };
	int count = 0;
	pid_t child = fork();

	if (child)
		return child;
	for (char *word = strtok(line, " "); word && count < WORDS; word = strtok(NULL, " "))
		words[count++] = word;
	execv(words[0], words);
	perror(words[0]);
	_exit(127);
}

static void wait_for(const char *path)
{
	bool there = false;

	for (int tick = 0; !there && tick < PATIENCE * 10; tick++) {
		there = access(path, F_OK) == 0;
		if (!there)
			usleep(100000);
	}
	if (!there)
		printf("%s did not appear within %d seconds\n", path, PATIENCE);
}

static void run(char *line)
{
	int status = 0;

	if (!strncmp(line, "& ", 2)) {
		start(line + 2);
		return;
	}
	if (!strncmp(line, "wait ", 5)) {
		wait_for(line + 5);
		return;
	}
	printf("== begin %s\n", line);
	fflush(stdout);
	waitpid(start(line), &status, 0);
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
