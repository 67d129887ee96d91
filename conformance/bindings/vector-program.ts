/** A C program that holds the vectors of one ABI against a generated header; exits with 1 and a line for each failure. */
import type { AbiName, StructVectors, Vector, Vectors } from '../../schemas/index.ts';

const PRELUDE = `#include <stdio.h>
#include <string.h>

static unsigned char from[ROOM] __attribute__((aligned(16)));
static unsigned char to[ROOM] __attribute__((aligned(16)));
static unsigned char expected[ROOM];
static int failures, tried;

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void begin(void)
{
	memset(from, 0, sizeof(from));
	memset(to, 0, sizeof(to));
	memset(expected, 0, sizeof(expected));
	tried++;
}

static void run(size_t at, const char *hex)
{
	for (; *hex; hex += 2, at++)
		from[at] = expected[at] = (unsigned char)(digit(hex[0]) << 4 | digit(hex[1]));
}

static void fail(const char *vector, const char *what)
{
	printf("%s: %s\\n", vector, what);
	failures++;
}

/* A pointer is no number, so that members are compared as bytes. */
static void get(const char *vector, const char *path, const void *member, size_t size, unsigned long long value)
{
	if (size > sizeof(value) || memcmp(member, &value, size) != 0 ||
	    (size < sizeof(value) && value >> (8 * size) != 0 && value >> (8 * size) != ~0ULL >> (8 * size)))
		fail(vector, path);
}

static void put(void *member, size_t size, unsigned long long value)
{
	memcpy(member, &value, size > sizeof(value) ? sizeof(value) : size);
}

static void written(const char *vector, size_t size)
{
	if (memcmp(to, expected, size) != 0)
		fail(vector, "written to other bytes");
}
`;

const name = (text: string) => JSON.stringify(text);

function unsigned(text: string): string {
  return `${BigInt.asUintN(64, BigInt(text))}ULL`;
}

function statements(
  { kind, name: tag }: StructVectors,
  vector: Vector,
  holes: readonly (readonly number[])[],
): string {
  const label = name(`${tag}, ${vector.name}`);
  const members = Object.entries(vector.values);
  return [
    '\tbegin();\n',
    ...Object.entries(vector.bytes).map(([at, hex]) => `\trun(${at}, ${name(hex)});\n`),
    ...holes.map(([offset, size]) => `\tmemset(expected + ${offset}, 0, ${size});\n`),
    ...members.map(
      ([path, value]) =>
        `\tget(${label}, ${name(path)}, &((${kind} ${tag} *)from)->${path}, sizeof(((${kind} ${tag} *)from)->${path}), ${unsigned(value)});\n`,
    ),
    ...members
      .filter(([, value]) => value.startsWith('-'))
      .map(
        ([path]) =>
          `\tif (((${kind} ${tag} *)from)->${path} >= 0)\n\t\tfail(${label}, ${name(`${path} is no signed number`)});\n`,
      ),
    ...members.map(
      ([path, value]) =>
        `\tput(&((${kind} ${tag} *)to)->${path}, sizeof(((${kind} ${tag} *)to)->${path}), ${unsigned(value)});\n`,
    ),
    `\twritten(${label}, ${vector.length});\n`,
  ].join('');
}

/** The program, for a header that is included by its name. */
export function vectorProgram(header: string, { structs }: Vectors, abi: AbiName): string {
  let room = 16;
  const functions: string[] = [];
  for (const struct of structs) {
    const layout = struct.layouts.find(({ abis }) => abis.includes(abi));
    if (!layout) throw new Error(`${struct.name} has no layout for ${abi}`);
    const { kind, name: tag } = struct;
    const whole = layout.vectors.filter(({ wrong }) => wrong !== 'short');
    room = Math.max(room, ...whole.map(({ length }) => length));
    const size = `\tif (sizeof(${kind} ${tag}) != ${layout.size})\n\t\tfail("${tag}", "another size");\n`;
    functions.push(
      `static void of_${tag}(void)\n{\n${size}${whole.map(vector => statements(struct, vector, layout.holes)).join('')}}\n`,
    );
  }
  return [
    `#include ${JSON.stringify(header)}\n#define ROOM ${room}\n`,
    PRELUDE,
    ...functions,
    'int main(void)\n{\n',
    ...structs.map(struct => `\tof_${struct.name}();\n`),
    '\tprintf("%d vectors, %d failures\\n", tried, failures);\n\treturn failures != 0;\n}\n',
  ].join('\n');
}
