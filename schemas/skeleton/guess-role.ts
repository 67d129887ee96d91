/**
 * What a member probably is, by its name and type alone. Headers of DRM drivers follow habits
 * (Documentation/process/botching-up-ioctls.rst, Documentation/gpu/drm-uapi.rst), no rules: every guess is a question
 * that somebody who read the driver has to answer.
 */
import type { FieldRole } from '../generated/types/semantics.ts';
import type { FieldLayout } from '../layout/index.ts';

export type Role = FieldRole['role'];
export type Direction = FieldRole['direction'];

/** In order: the first that fits counts. The word before the last underscore rarely matters. */
const BY_NAME: readonly (readonly [RegExp, Role])[] = [
  [/^_*(pad|padding|reserved|rsvd|resv|mbz)(_?\d+)?_*$|_(pad|reserved|rsvd|mbz)(_?\d+)?$/, 'reserved'],
  [/(^|_)flags?$/, 'flags'],
  [/(^|_)(fd|eventfd)$/, 'descriptor'],
  [/timeout|deadline/, 'timeout'],
  [/(^|_)(count|cnt|num|nr)(_|$)|^n_/, 'count'],
  [/(^|_)(size|len|length|bytes|pitch|stride)$/, 'bytes'],
  [/(^|_)(offset|off)$/, 'offset'],
  [/(^|_)(handle|bo|syncobj)$/, 'handle'],
  [/(^|_)(addr|address|va|vaddr|iova)$/, 'address'],
  [
    /(^|_)(type|op|opcode|param|property|query|query_id|cmd|command|kind|dir|direction|operation)$/,
    'selector',
  ],
];

const POINTER = /(^|_)(ptr|pointer|p|userptr|user_ptr|data|buffer|ext|extensions)$/;

function singular(name: string): string {
  return name.replace(/ies$/, 'y').replace(/s$/, '');
}

/** Whether another member says how much a 64-bit member leads to: `tasks` and `task_count`. */
function hasLength(name: string, names: readonly string[]): boolean {
  const own = [name.replace(/_(ptr|pointer|p)$/, ''), singular(name)].flatMap(word => [word, singular(word)]);
  return own.some(word =>
    names.some(other =>
      new RegExp(
        `^(${word}s?_(count|num|size|len|length|cnt|nr)|(num|nr|count|n|size|sizeof)_(of_)?${word}s?)$`,
      ).test(other),
    ),
  );
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1).replace(/\[\d+\]$/, '');
}

/** @param names the names of all members beside it */
export function guessRole(field: FieldLayout, names: readonly string[]): Role {
  const name = lastWord(field.path).toLowerCase();
  const byName = BY_NAME.find(([pattern]) => pattern.test(name))?.[1];
  if (byName === 'reserved') return byName;
  if (field.array) return 'array';
  if (field.composite) return 'value';
  if (field.pointer) return 'pointer';
  const wide = field.size === 8 && !field.scalar?.signed;
  if (wide && (POINTER.test(name) || hasLength(name, names.map(lastWord)))) return 'pointer';
  return byName ?? 'value';
}

const MAKES = /(CREATE|ALLOC|IMPORT|OPEN|NEW|INIT|FD_TO_HANDLE)/;

/**
 * Which way a member goes. The request's direction bits say what the core copies (_IOW in, _IOR out); of _IOWR only
 * the habits help: what the driver makes comes back, the rest goes in.
 * @param call the name of the request macro
 * @param path the member's path
 */
export function guessDirection(
  call: string,
  request: 'none' | 'read' | 'write' | 'readwrite',
  role: Role,
  path = '',
): Direction {
  if (request === 'write') return 'in';
  if (request === 'read') return 'out';
  if (request === 'none') return 'unused';
  // habanalabs has a union of what goes in and what comes out.
  const half = /^(in|out)(?=\.|$)/.exec(path)?.[1];
  if (half !== undefined) return half as Direction;
  if (role === 'handle') return MAKES.test(call) ? 'out' : 'in';
  if (role === 'offset' || role === 'address') return /MMAP|MAP_OFFSET|INFO|CREATE/.test(call) ? 'out' : 'in';
  return role === 'bytes' || role === 'value' || role === 'array' ? 'inout' : 'in';
}
