/** One number, argument or strace line: what it can be, by the descriptions of the collection. */
import {
  type AbiName,
  type Decoded,
  type DecodedCall,
  type DecodedCandidate,
  decodeRequest,
  InvalidRequest,
  LayoutError,
  layoutOf,
  owners,
  requestOfText,
  sizeOfType,
} from '../../schemas/index.ts';
import { nearest } from '../cli/nearest.ts';
import { UsageError } from '../run/usage-error.ts';
import { decodeArgument, FieldReader } from './argument.ts';
import { type Candidate, candidatesNamed, candidatesOf, requestNames, type Scope } from './candidates.ts';
import { fitNotes, hexNumber } from './fit.ts';
import { bytesOfHex } from './hex.ts';
import { kindOfPath } from './node-kind.ts';
import { refusalsOf } from './refusals.ts';
import { parseStraceArgument, type StraceArgument } from './strace-argument.ts';
import { isStraceLine, parseStraceLine, type StraceCall } from './strace-line.ts';

/** An ioctl of files that the collection says nothing about: no mistake in the output of strace. */
export class ForeignCall extends UsageError {}

const DRM_LETTER = 'd'.charCodeAt(0);

/** What a text asks about: a number, or names when there is no number. */
interface Wanted {
  readonly number?: number;
  readonly names: readonly string[];
}

function namesFor(abi: AbiName) {
  const { types } = owners()[0]!;
  return {
    constant: (name: string) => {
      const owner = owners().find(each => each.types.constants.has(name));
      return owner?.types.constantValue(name, abi);
    },
    sizeOf: (type: string) => {
      const tag = /^(?:struct|union) (\w+)$/.exec(type)?.[1];
      const owner = owners().find(each => tag !== undefined && each.types.composites.has(tag));
      if (owner) return layoutOf(owner.types, tag!, abi).size;
      try {
        return /^[A-Za-z_][\w ]*$/.test(type) && !owners().some(each => each.types.constants.has(type))
          ? sizeOfType(types, { scalar: type }, abi)
          : undefined;
      } catch (error) {
        if (error instanceof LayoutError) return undefined;
        throw error;
      }
    },
  };
}

function wanted(text: string, scope: Scope): Wanted {
  try {
    const number = requestOfText(text, namesFor(scope.abi ?? 'x86_64'));
    return number === undefined ? { names: [text.trim()] } : { number, names: [] };
  } catch (error) {
    if (error instanceof InvalidRequest) throw new UsageError(error.message);
    throw error;
  }
}

function layoutMembers(candidate: Candidate, struct: string): DecodedCandidate['layout'] {
  const layout = layoutOf(candidate.owner.types, struct, candidate.abi);
  const reader = new FieldReader(candidate.owner, candidate.ioctl, struct, layout);
  return layout.fields.map(field => {
    const { meaning: _meaning, wrong: _wrong, ...rest } = reader.read(field, 0n);
    return { name: field.path, offset: field.offset, size: field.size, ...rest };
  });
}

function candidateJson(
  candidate: Candidate,
  number: number | undefined,
  bytes?: Uint8Array,
): DecodedCandidate {
  const { owner, ioctl, call, fit, abis, abi, numbers } = candidate;
  const struct = ioctl.argument && 'named' in ioctl.argument ? ioctl.argument.named : null;
  return {
    driver: owner.name,
    name: ioctl.name,
    fit,
    abis: [...abis],
    number: hexNumber(numbers[abi].number),
    size: numbers[abi].size,
    struct,
    ...(call ? { summary: call.semantics.summary } : {}),
    described: owner.described,
    layout: struct === null ? [] : layoutMembers(candidate, struct),
    holes: struct === null ? [] : [...layoutOf(owner.types, struct, abi).holes],
    ...(bytes && struct !== null ? { argument: decodeArgument(owner, ioctl, struct, abi, bytes) } : {}),
    notes: fitNotes(candidate, number),
  };
}

/** Why nothing in scope has this letter and nr. */
function unknownNumber(number: number, scope: Scope): string {
  const { letter, number: nr } = decodeRequest(number);
  const shown = `${hexNumber(number)} (letter ${letterText(letter)}, nr 0x${nr.toString(16)})`;
  const own = owners().find(owner => owner.name === scope.driver);
  const elsewhere = candidatesOf(number, {}).map(({ owner, ioctl }) => `${owner.name} ${ioctl.name}`);
  const nrs = own?.ioctls.filter(ioctl => ioctl.letter === letter).map(ioctl => ioctl.number) ?? [];
  if (own && elsewhere.length > 0 && nrs.length > 0)
    return `${shown} is no request of ${own.name}, whose own are 0x${Math.min(...nrs).toString(16)} to 0x${Math.max(...nrs).toString(16)}; it is ${elsewhere.join(', ')}`;
  const letters = [...new Set(owners().flatMap(owner => owner.ioctls.map(ioctl => ioctl.letter)))];
  return letters.includes(letter)
    ? `${shown} is a number that no header of the collection has; accel-uapi describe DRIVER lists those it has`
    : `${shown} is no request of an accel node or of a file that it hands out; their letters are ${letters.map(letterText).join(', ')}`;
}

export function letterText(letter: number): string {
  const hex = `0x${letter.toString(16).padStart(2, '0')}`;
  return letter > 0x20 && letter < 0x7f ? `'${String.fromCharCode(letter)}' (${hex})` : hex;
}

function find({ number, names }: Wanted, scope: Scope): Candidate[] {
  if (number !== undefined) {
    const found = candidatesOf(number, scope);
    if (found.length === 0) throw new UsageError(unknownNumber(number, scope));
    return found;
  }
  const found = names.flatMap(name => candidatesNamed(name, scope));
  if (found.length > 0) return found;
  const [name] = names;
  const elsewhere = names.flatMap(each => candidatesNamed(each, {}));
  if (elsewhere.length > 0)
    throw new UsageError(
      `${elsewhere[0]!.ioctl.name} is a request of ${elsewhere[0]!.owner.name}, not of ${scope.driver ?? `a ${scope.node} node`}`,
    );
  throw new UsageError(
    names.length > 1
      ? `strace names the request after drivers that the collection does not have (${names.join(', ')}) and so hides its number; strace -X verbose prints it`
      : `no header of the collection has a request ${name}${nearest(name!, requestNames())}; give its number or the name of its macro`,
  );
}

/** The number and what is left of the text: the bytes of the argument. */
function split(text: string): { request: string; rest: string } {
  const macro = /^\w+\s*\(/.exec(text);
  if (macro) {
    let depth = 0;
    for (let i = macro[0].length - 1; i < text.length; i++) {
      if (text[i] === '(') depth++;
      else if (text[i] === ')' && --depth === 0)
        return { request: text.slice(0, i + 1), rest: text.slice(i + 1) };
    }
    return { request: text, rest: '' };
  }
  const blank = text.search(/\s/);
  return blank < 0
    ? { request: text, rest: '' }
    : { request: text.slice(0, blank), rest: text.slice(blank + 1) };
}

function result(
  input: string,
  { number }: Wanted,
  candidates: readonly DecodedCandidate[],
  notes: readonly string[],
  call?: DecodedCall,
): Decoded {
  // A name stands for the number of the first ABI.
  const shown = number ?? (candidates[0] ? Number(candidates[0].number) : undefined);
  const parts = shown === undefined ? undefined : decodeRequest(shown);
  return {
    input,
    request: parts
      ? {
          number: hexNumber(shown!),
          direction: parts.direction,
          letter: parts.letter,
          nr: parts.number,
          size: parts.size,
        }
      : null,
    candidates: [...candidates],
    ...(call ? { call } : {}),
    notes: [...notes],
  };
}

function decodeText(text: string, scope: Scope): Decoded {
  const { request, rest } = split(text);
  if (/^[\s0-9a-f]{11,}$/i.test(text) && !/^0x/i.test(request))
    throw new UsageError(
      `"${text.slice(0, 40)}" looks like the bytes of an argument; name its request before them, as in DRM_IOCTL_GEM_CLOSE 0100000000000000`,
    );
  const want = wanted(request, scope);
  const bytes = rest.trim() === '' ? undefined : bytesOfHex(rest);
  const found = find(want, scope);
  const candidates = found.map(candidate => candidateJson(candidate, want.number, bytes));
  if (bytes && candidates.every(candidate => candidate.argument === undefined))
    throw new UsageError(
      `${found[0]!.ioctl.name} has no struct as its argument, so there are no bytes to read`,
    );
  const size = want.number === undefined ? undefined : decodeRequest(want.number).size;
  const notes =
    bytes && size !== undefined && bytes.length !== size
      ? [`the request says ${size} bytes, and ${bytes.length} are given`]
      : [];
  return result(text, want, candidates, notes);
}

/** Members that strace printed, with what the description says of them. */
function printedFields(argument: StraceArgument, candidate: Candidate | undefined): DecodedCall['fields'] {
  if (argument.kind !== 'struct') return undefined;
  const struct =
    candidate?.ioctl.argument && 'named' in candidate.ioctl.argument && candidate.ioctl.argument.named;
  const layout = struct ? layoutOf(candidate!.owner.types, struct, candidate!.abi) : undefined;
  const reader = layout && new FieldReader(candidate!.owner, candidate!.ioctl, struct as string, layout);
  return argument.fields.map(([name, text]) => {
    const field = layout?.fields.find(each => each.path === name);
    const number = /^(0x[0-9a-f]+|-?\d+)/.exec(text)?.[1];
    const meaning = field?.scalar && number !== undefined ? reader!.read(field, BigInt(number)).meaning : '';
    return { name, text, meaning };
  });
}

function callJson(call: StraceCall, argument: StraceArgument, first: Candidate | undefined): DecodedCall {
  const { request: _request, names: _names, ...rest } = call;
  const fields = printedFields(argument, first);
  return { ...rest, ...(fields ? { fields } : {}) };
}

/** strace prints the ioctls of all files; those that nobody here knows are no mistake. */
function findCall(want: Wanted, scope: Scope): Candidate[] {
  try {
    return find(want, scope);
  } catch (error) {
    // A name of another DRM driver hides a number that an accel driver may share.
    const hidden = scope.node !== 'render' && want.names.some(name => name.startsWith('DRM_'));
    throw error instanceof UsageError && !hidden ? new ForeignCall(error.message) : error;
  }
}

function decodeCall(line: string, call: StraceCall, given: Scope, dumped: Uint8Array | undefined): Decoded {
  const node = call.path === undefined ? undefined : kindOfPath(call.path);
  if (node === 'other')
    throw new ForeignCall(`the call was made on ${call.path}, which is no accel node and none of its files`);
  const scope: Scope = { ...given, ...node, ...(given.driver === undefined ? {} : { driver: given.driver }) };
  const want: Wanted = / or /.test(call.request) ? { names: call.names } : wanted(call.request, scope);
  const found = findCall(want, scope);
  const argument = parseStraceArgument(call.argument);
  const bytes = dumped ?? (argument.kind === 'bytes' ? argument.bytes : undefined);
  const hasExact = found.some(({ fit }) => fit === 'exact');
  const candidates = found.map(candidate => ({
    ...candidateJson(candidate, want.number, bytes),
    ...(call.errno === undefined || (hasExact && candidate.fit !== 'exact')
      ? {}
      : refusalsOf(candidate, call.errno)),
  }));
  const notes = [
    ...(argument.kind === 'bytes' && argument.cut
      ? ['strace cut the bytes short; strace -s SIZE prints them all']
      : []),
    ...(call.errno === 'ENOTTY' && found[0]?.ioctl.letter === DRM_LETTER
      ? ["ENOTTY is the DRM core's answer to another letter only: the descriptor is probably no DRM node"]
      : []),
    ...(call.injected ? ['strace itself made this result (INJECTED)'] : []),
  ];
  return result(line, want, candidates, notes, callJson(call, argument, found[0]));
}

/** Throws UsageError with one sentence. `dumped` are bytes that strace printed below the call. */
export function decode(text: string, scope: Scope, dumped?: Uint8Array): Decoded {
  const line = text.trim();
  if (line === '')
    throw new UsageError('there is nothing to decode; give a number, bytes or a line of strace');
  if (!isStraceLine(line)) return decodeText(line, scope);
  const call = parseStraceLine(line);
  if (!call)
    throw new UsageError(
      `"${line.slice(0, 60)}" is only a part of a call; give the line with its beginning, ioctl(DESCRIPTOR, REQUEST, ...`,
    );
  return decodeCall(line, call, scope, dumped);
}
