/** Target names: what the user writes and what it means. */
import { parse } from 'shell-quote';
import { UsageError } from '../run/usage-error.ts';

export type TargetName =
  | {
      readonly kind: 'reference';
      readonly driver: string;
      readonly options: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'device'; readonly path: string }
  | { readonly kind: 'exec'; readonly command: readonly string[] }
  | { readonly kind: 'qemu'; readonly machine: string; readonly options: Readonly<Record<string, string>> };

export const FORMS =
  'reference:DRIVER[,as=linux-RELEASE][,mutant=ID][,profile=NAME][,abi=NAME][,management=on], /dev/accel/accelN, exec:COMMAND or qemu:NAME[,profile=NAME][,abi=NAME][,checks=memory][,fault=NAME]';

const KNOWN: Readonly<Record<'reference' | 'qemu', readonly string[]>> = {
  reference: ['as', 'mutant', 'profile', 'abi', 'management'],
  qemu: ['profile', 'abi', 'checks', 'fault'],
};

function withOptions(
  kind: 'reference' | 'qemu',
  text: string,
  rest: string,
): { name: string; options: Record<string, string> } {
  const [name, ...parts] = rest.split(',');
  const options: Record<string, string> = {};
  for (const part of parts) {
    const at = part.indexOf('=');
    const key = at < 0 ? part : part.slice(0, at);
    if (!KNOWN[kind].includes(key) || at < 0 || at === part.length - 1) {
      throw new UsageError(
        `the target ${text} has ${JSON.stringify(part)}, expected ${KNOWN[kind].map(each => `${each}=VALUE`).join(' or ')}`,
      );
    }
    options[key] = part.slice(at + 1);
  }
  if (!name) throw new UsageError(`the target ${text} names nothing after ${kind}:; expected ${FORMS}`);
  return { name, options };
}

/** Splits a command into words as a shell does; nothing is expanded, and there are no pipes or redirections. */
export function splitCommand(text: string): string[] {
  return parse(text, name => `$${name}`).map(word => {
    if (typeof word === 'string') return word;
    const what =
      'op' in word && word.op === 'glob' ? word.pattern : 'op' in word ? word.op : `#${word.comment}`;
    if ('op' in word && word.op === 'glob') return word.pattern;
    throw new UsageError(
      `the command ${JSON.stringify(text)} has ${JSON.stringify(what)}, which only a shell knows; use exec:"sh -c '...'"`,
    );
  });
}

/** Throws UsageError for a text that is no target. */
export function parseTarget(text: string): TargetName {
  if (text.startsWith('/')) {
    if (/^\/dev\/accel\/[^/]+$/.test(text)) return { kind: 'device', path: text };
    throw new UsageError(`${text} is no accelerator's node; expected a path like /dev/accel/accel0`);
  }
  const colon = text.indexOf(':');
  const [kind, rest] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  if (kind === 'exec') {
    const command = splitCommand(rest);
    if (command.length === 0)
      throw new UsageError(
        'the target exec: has no command; expected exec:COMMAND, for example exec:"ssh board executor"',
      );
    return { kind, command };
  }
  if (kind === 'reference' || kind === 'qemu') {
    const { name, options } = withOptions(kind, text, rest);
    return kind === 'reference' ? { kind, driver: name, options } : { kind, machine: name, options };
  }
  throw new UsageError(`${JSON.stringify(text)} is no target; expected ${FORMS}`);
}
