/*
 * The only program of a machine: runs the commands of /programs.list, one a line, and tells how each ended. A command
 * behind `& ` is left running until `stop` sends it SIGINT; `wait PATH` waits until there is something at a path, and
 * `gone PATH` until there is nothing.
 */
#include <signal.h>
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

static pid_t left;

/* Until there is something at the path, or nothing; false when that takes too long. */
static bool wait_for(const char *path, bool there)
{
	for (int tick = 0; tick < PATIENCE * 10; tick++) {
		if ((access(path, F_OK) == 0) == there)
			return true;
		usleep(100000);
	}
	printf("%s did not %s within %d seconds\n", path, there ? "appear" : "go", PATIENCE);
	return false;
}

static int told(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void stop(void)
{
	int status = 0;

	kill(left, SIGINT);
	waitpid(left, &status, 0);
	printf("== stopped %d\n", told(status));
}

static void run(char *line)
{
	int status = 0;

	if (!strncmp(line, "& ", 2)) {
		left = start(line + 2);
		return;
	}
	if (!strcmp(line, "stop")) {
		stop();
		return;
	}
	if (!strncmp(line, "wait ", 5)) {
		wait_for(line + 5, true);
		return;
	}
	if (!strncmp(line, "gone ", 5)) {
		if (wait_for(line + 5, false))
			printf("== gone %s\n", line + 5);
		return;
	}
	printf("== begin %s\n", line);
	fflush(stdout);
	waitpid(start(line), &status, 0);
	printf("== end %d\n", told(status));
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
