/** What decode found, for people. */
import type { Decoded, DecodedArgument, DecodedCall, DecodedCandidate } from '../../schemas/index.ts';
import { ABI_NAMES, FILE_LETTERS } from '../../schemas/index.ts';
import { letterText } from './decode.ts';

/** Lines with how far each is indented. */
export type Line = readonly [indent: number, text: string];

function pad(cells: readonly (readonly string[])[]): string[] {
  const widths = cells[0]?.map((_, at) => Math.max(...cells.map(row => row[at]!.length))) ?? [];
  return cells.map(row =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
}

function requestLine({ request }: Decoded): Line[] {
  if (!request) return [];
  const { number, direction, letter, nr, size } = request;
  const way = { none: 'no argument is copied', read: 'read', write: 'write', readwrite: 'read and write' };
  return [
    [
      0,
      `${number}: ${way[direction]}, letter ${letterText(letter)}, nr 0x${nr.toString(16).padStart(2, '0')}, ${size} bytes`,
    ],
  ];
}

function outcome({ finished, result, errno, injected }: DecodedCall): string {
  if (!finished) return 'has not returned';
  const by = injected ? ' by strace' : '';
  if (errno !== undefined) return `ended${by} with ${errno}`;
  return result === null ? 'ended without a result' : `returned ${result}${by}`;
}

function callLines(call: DecodedCall): Line[] {
  const pid = call.pid === undefined ? '' : `process ${call.pid}, `;
  const path = call.path === undefined ? '' : ` (${call.path})`;
  const argument = call.fields || call.argument === '' ? '' : `, argument ${call.argument.slice(0, 60)}`;
  return [
    [0, `${pid}ioctl on descriptor ${call.fd}${path}${argument}: ${outcome(call)}`],
    ...pad((call.fields ?? []).map(({ name, text, meaning }) => [name, text, meaning])).map(
      (text): Line => [2, text],
    ),
  ];
}

function roleText({
  direction,
  role,
  guessed,
}: {
  direction: string;
  role: string;
  guessed: boolean;
}): string[] {
  return [direction, guessed ? `${role}?` : role];
}

function valueText({ value, role, size }: DecodedArgument['fields'][number]): string {
  if (typeof value === 'string' || value < 0) return String(value);
  const hex =
    ['flags', 'pointer', 'address', 'reserved'].includes(role) || (size === 8 && value > 0xffffffff);
  return hex ? `0x${value.toString(16)}` : String(value);
}

function missingText(
  { offset, size }: { offset: number; size: number },
  given: number,
  zeroed: boolean,
): string {
  const rest = zeroed ? 'reads as zero' : 'not known';
  return offset < given
    ? `only ${given - offset} of ${size} bytes given: the rest ${rest}`
    : `not given: ${rest}`;
}

/** @param zeroed whether the core clears what the caller does not give */
function argumentLines(argument: DecodedArgument, zeroed: boolean): Line[] {
  const { size, given, abi, fields, holes, tail } = argument;
  const rows = fields.map(field => {
    const notes = [
      field.meaning,
      ...(field.missing ? [missingText(field, given, zeroed)] : []),
      ...(field.shares ? [`the same bytes as ${field.shares.slice(0, 3).join(', ')}`] : []),
      ...(field.wrong ? [`! ${field.wrong}`] : []),
    ];
    const text = notes.filter(note => note !== '').join('; ');
    return [
      String(field.offset).padStart(4),
      field.name,
      field.type,
      ...roleText(field),
      valueText(field),
      text,
    ];
  });
  const state = given === size ? '' : `; the struct has ${size}`;
  return [
    [2, `argument of ${given} bytes, as on ${abi}${state}`],
    ...pad(rows).map((text): Line => [2, text]),
    ...holes
      .filter(({ offset }) => offset < given)
      .map(
        (hole): Line => [
          2,
          `${String(hole.offset).padStart(4)} hole of ${hole.size} bytes: ${hole.bytes}${hole.zero ? '' : '  ! padding that is not zero'}`,
        ],
      ),
    ...(tail
      ? [
          [
            2,
            `${String(tail.offset).padStart(4)} after the struct: ${tail.bytes}${tail.zero ? '' : '  ! not zero'}`,
          ] as Line,
        ]
      : []),
  ];
}

/**
 * The core clears what the request does not copy; what it does copy and nobody gave here is not known. Other files
 * copy a whole struct.
 */
function isZeroed({ given, size }: DecodedArgument, request: Decoded['request']): boolean {
  const isFile = (Object.values(FILE_LETTERS) as number[]).includes(request?.letter ?? 0);
  return !isFile && (request?.size === given || request?.size === size);
}

function refusalLines({ refusals, environmental, described }: DecodedCandidate, errno: string): Line[] {
  if (!refusals) return [];
  const lines = refusals.map((one): Line => {
    const marks = [
      `${one.basis}, ${one.source}`,
      ...(one.optional ? ['a driver may also accept it'] : []),
      ...(one.deviation ? [`deviation ${one.deviation}`] : []),
    ];
    return [4, `${one.rule}: ${one.when} [${marks.join('; ')}]`];
  });
  return [
    [
      2,
      lines.length > 0
        ? `${errno} is the answer of, in this order:`
        : `no check that is described answers ${errno}`,
    ],
    ...lines,
    ...(environmental ? ([[2, `the state of the machine may also cause ${errno}`]] as Line[]) : []),
    ...(described
      ? []
      : ([[2, "the driver's own checks are not described yet; these are the core's"]] as Line[])),
  ];
}

function layoutLines({ layout, holes }: DecodedCandidate): Line[] {
  const rows = [
    ...layout.map(field => [field.offset, field.name, field.type, ...roleText(field)] as const),
    ...holes.map(({ offset, size }) => [offset, '-', `${size} bytes`, 'hole', ''] as const),
  ].sort((a, b) => a[0] - b[0]);
  return pad(rows.map(([offset, ...cells]) => [String(offset).padStart(4), ...cells])).map(
    (text): Line => [2, text],
  );
}

function candidateLines(candidate: DecodedCandidate, { call, request }: Decoded): Line[] {
  const errno = call?.errno;
  const { driver, name, struct, size, abis, fit, number, summary, argument, notes } = candidate;
  const where =
    fit !== 'exact' ? '' : abis.length === ABI_NAMES.length ? ' on every ABI' : ` on ${abis.join(', ')}`;
  return [
    [0, `${driver} ${name}${summary ? `: ${summary}` : ''}`],
    [
      2,
      `${number}${where}, ${struct === null ? (size === 0 ? 'no argument' : `a number of ${size} bytes`) : `struct ${struct} of ${size} bytes`}`,
    ],
    ...notes.map((note): Line => [2, note]),
    ...(argument ? argumentLines(argument, isZeroed(argument, request)) : layoutLines(candidate)),
    ...(errno === undefined ? [] : refusalLines(candidate, errno)),
  ];
}

/** Near candidates in a line each, when others are exact. */
function nearLines(near: readonly DecodedCandidate[]): Line[] {
  if (near.length === 0) return [];
  return [
    [0, 'the same letter and nr, which is all that the DRM core looks at, with another size or direction:'],
    ...near.map(({ driver, name, number }): Line => [2, `${driver} ${name} ${number}`]),
  ];
}

export function printDecoded(decoded: Decoded): Line[] {
  const { candidates, call, notes } = decoded;
  const exact = candidates.filter(({ fit }) => fit === 'exact');
  const full = exact.length > 0 ? exact : candidates;
  const guessed = full.some(({ layout }) => layout.some(field => field.guessed));
  return [
    ...(call ? callLines(call) : []),
    ...requestLine(decoded),
    ...notes.map((note): Line => [0, note]),
    ...(exact.length === 0 ? ([[0, 'no header has exactly this number; the nearest:']] as Line[]) : []),
    ...full.flatMap((candidate): Line[] => [[0, ''], ...candidateLines(candidate, decoded)]),
    ...(exact.length > 0 && exact.length < candidates.length
      ? ([[0, ''], ...nearLines(candidates.filter(({ fit }) => fit !== 'exact'))] as Line[])
      : []),
    ...(guessed
      ? ([
          [0, ''],
          [0, 'a role with ? is guessed from name and type'],
        ] as Line[])
      : []),
  ];
}
