/** Runs vectors against a generated TypeScript module. */
import type { AbiName, LayoutVectors, Vector, Vectors } from '../../schemas/index.ts';
import { bytesOf } from './vector-bytes.ts';

/** What of a generated codec is used. */
interface AnyCodec {
  size(abi: AbiName): number;
  read(view: DataView, at: number, abi: AbiName): object;
  write(view: DataView, value: object, at: number, abi: AbiName): void;
  /** A codec without it tells nothing apart. */
  problem?(view: DataView, at: number, abi: AbiName): string | undefined;
}

type Tree = Record<string, unknown>;

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Every number of a value that is not 0, by its path, in decimal. */
function numbersOf(value: unknown, path: string, into: Record<string, string>): Record<string, string> {
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (BigInt(value) !== 0n) into[path] = String(value);
  } else if (Array.isArray(value) || value instanceof Uint8Array)
    for (const [index, element] of value.entries()) numbersOf(element, `${path}[${index}]`, into);
  else
    for (const [name, member] of Object.entries(value as Tree))
      numbersOf(member, path === '' ? name : `${path}.${name}`, into);
  return into;
}

/** Puts a number at its path, as what stands there now: a number or a bigint. */
function put(value: Tree, path: string, text: string): void {
  const names = path.split(/[.[\]]+/).filter(name => name !== '');
  const last = names.pop()!;
  const place = names.reduce((tree, name) => tree[name] as Tree, value);
  // Bytes are kept unsigned.
  place[last] = typeof place[last] === 'bigint' ? BigInt(text) : Number(text);
}

/** A char is signed, a Uint8Array is not. */
const unsignedBytes = (values: Readonly<Record<string, string>>, found: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(values).map(([path, text]) => [
      path,
      Number(text) < 0 && Number(found[path]) === Number(text) + 256 ? found[path]! : text,
    ]),
  );

function sorted(values: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function vectorFailure(
  codec: AnyCodec,
  { holes }: LayoutVectors,
  vector: Vector,
  abi: AbiName,
): string | undefined {
  // Not at the start of the buffer: an offset that is taken from there shows.
  const bytes = new Uint8Array(8 + vector.length).subarray(8);
  bytes.set(bytesOf(vector));
  const refusal = () => {
    try {
      return codec.problem?.(view(bytes), 0, abi);
    } catch (error) {
      return (error as Error).message;
    }
  };
  const problem = refusal();
  if (codec.problem && (problem === undefined) !== (vector.wrong === undefined))
    return `${vector.wrong ?? 'good'}, and the codec says ${problem ?? 'nothing'}`;
  if (vector.wrong === 'short') return undefined;
  const found = numbersOf(codec.read(view(bytes), 0, abi), '', {});
  if (sorted(found) !== sorted(unsignedBytes(vector.values, found))) return `read as ${sorted(found)}`;
  const value = codec.read(view(new Uint8Array(vector.length)), 0, abi) as Tree;
  for (const [path, text] of Object.entries(vector.values)) put(value, path, text);
  const written = new Uint8Array(vector.length);
  codec.write(view(written), value, 0, abi);
  if (Buffer.compare(written, bytesOf(vector, holes)) !== 0)
    return `written as ${Buffer.from(written).toString('hex')}`;
  return undefined;
}

/** What is wrong, one line each; stops when there are `most` of them. */
export function vectorFailures(
  module: Readonly<Record<string, unknown>>,
  vectors: Vectors,
  most = 20,
): { tried: number; failures: string[] } {
  const failures: string[] = [];
  let tried = 0;
  for (const { name, layouts } of vectors.structs) {
    const codec = module[name] as AnyCodec | undefined;
    if (!codec) failures.push(`${name}: the module has no codec of it`);
    else
      for (const layout of layouts)
        for (const abi of layout.abis as AbiName[]) {
          if (codec.size(abi) !== layout.size) failures.push(`${name} on ${abi}: ${codec.size(abi)} bytes`);
          for (const vector of layout.vectors) {
            if (failures.length >= most) return { tried, failures };
            tried += 1;
            let failure: string | undefined;
            try {
              failure = vectorFailure(codec, layout, vector, abi);
            } catch (error) {
              failure = (error as Error).message;
            }
            if (failure !== undefined) failures.push(`${name} on ${abi}, ${vector.name}: ${failure}`);
          }
        }
  }
  return { tried, failures };
}
