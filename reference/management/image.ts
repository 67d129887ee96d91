/**
 * Images of firmware for the reference device: text, so that a program can write one through a file. What a vendor
 * signs stands here as a seal, a sum that takes a word only the vendor has.
 */
import { crc32 } from '../../schemas/index.ts';

const MAGIC = 'accel-image 1';
const SEAL_WORD = 'of the vendor';

export interface ImageParts {
  readonly component: string;
  readonly version: string;
  /** The parameter set and the serial number that it brings along. */
  readonly settings: string;
  readonly identifiers: string;
  readonly payload: string;
}

/** What can be wrong with an image, in the words that the device has for it. */
export const IMAGE_ERRORS = {
  foreign: { errno: 'EINVAL', text: 'no image for this device' },
  truncated: { errno: 'EINVAL', text: 'the image is shorter than it says' },
  digest: { errno: 'EBADMSG', text: 'the digest of the image is wrong' },
  seal: { errno: 'EKEYREJECTED', text: 'the image is not of the vendor' },
  component: { errno: 'EINVAL', text: 'the image is for another component' },
} as const;
export type ImageError = keyof typeof IMAGE_ERRORS;

const sum = (text: string): string => crc32(new TextEncoder().encode(text)).toString(16).padStart(8, '0');

function headOf({ component, version, settings, identifiers, payload }: ImageParts): string[] {
  return [
    MAGIC,
    `component ${component}`,
    `version ${version}`,
    `settings ${settings}`,
    `identifiers ${identifiers}`,
    `length ${payload.length}`,
    `digest ${sum(payload)}`,
  ];
}

/** An image that the device takes. */
export function buildImage(parts: ImageParts): string {
  const head = headOf(parts).join('\n');
  return `${head}\nseal ${sum(`${SEAL_WORD}\n${head}`)}\n\n${parts.payload}`;
}

export interface ParsedImage {
  readonly parts: ImageParts;
  /** All that is wrong with it, the first to be told first. */
  readonly errors: readonly ImageError[];
}

/** Undefined for what is no image at all. */
export function parseImage(text: string): ParsedImage | undefined {
  const [head = '', ...rest] = text.split('\n\n');
  const payload = rest.join('\n\n');
  const lines = head.split('\n');
  if (lines[0] !== MAGIC) return undefined;
  const values = new Map(
    lines.slice(1).map(line => [line.split(' ')[0]!, line.slice(line.indexOf(' ') + 1)]),
  );
  const value = (name: string) => values.get(name) ?? '';
  const signed = lines.filter(line => !line.startsWith('seal ')).join('\n');
  const errors: ImageError[] = [];
  if (payload.length !== Number(value('length'))) errors.push('truncated');
  if (value('digest') !== sum(payload)) errors.push('digest');
  if (value('seal') !== sum(`${SEAL_WORD}\n${signed}`)) errors.push('seal');
  const parts = {
    component: value('component'),
    version: value('version'),
    settings: value('settings'),
    identifiers: value('identifiers'),
    payload,
  };
  return { parts, errors };
}
