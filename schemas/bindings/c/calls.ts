/** An inline function for every ioctl, with what the descriptions say of it. */
import { printCondition } from '../../algebra/print.ts';
import type { CallDescription, DriverDescription } from '../../catalogue/catalogue.ts';
import { checks } from '../../catalogue/rules.ts';
import { errnoNumber } from '../../errno/errno.ts';
import { spellType } from '../../layout/spelling.ts';
import type { CType, IoctlFact } from '../../layout/types.ts';
import { comment } from './text.ts';

/** `ethosu_bo_create` of DRM_IOCTL_ETHOSU_BO_CREATE, `drm_gem_close` of DRM_IOCTL_GEM_CLOSE. */
export function functionName(ioctl: string, core: boolean): string {
  const name = ioctl.replace(/^DRM_IOCTL_/, '').toLowerCase();
  return core ? `drm_${name}` : name;
}

/** Errnos in the order in which a call comes to them, each with the conditions that lead to it. */
function errnoLines({ semantics }: CallDescription): string[] {
  const found = new Map<string, string[]>();
  for (const { errno, when } of checks(semantics.body)) {
    const conditions = found.get(errno) ?? [];
    conditions.push(printCondition(when));
    found.set(errno, conditions);
  }
  return [...found].map(([errno, conditions]) => `  ${errno}: ${[...new Set(conditions)].join('; or ')}`);
}

function fieldLines({ semantics }: CallDescription): string[] {
  return Object.entries(semantics.fields ?? {}).map(([name, field]) => {
    const unit = 'unit' in field && field.unit ? ` (${field.unit})` : '';
    return `  ${name}: ${field.direction}, ${field.role}${unit}`;
  });
}

function documentation(ioctl: IoctlFact, call: CallDescription | undefined): string {
  const since = ioctl.since === undefined ? [] : [`Since Linux ${ioctl.since}.`];
  if (!call) return comment([`${ioctl.name}: only its argument is described.`, ...since]);
  const fields = fieldLines(call);
  const errnos = errnoLines(call);
  return comment([
    `${ioctl.name}: ${call.semantics.summary}`,
    ...since,
    ...(fields.length > 0 ? ['', 'Members:', ...fields] : []),
    ...(errnos.length > 0 ? ['', 'Fails with', ...errnos] : []),
  ]);
}

function parameter(argument: CType, driver: DriverDescription): string {
  return `${spellType(argument, driver.types)} *argument`;
}

const MOST_OF_A_STRING = 4000;

/** A C string literal; ISO C promises no more than 4095 characters of one. */
function cString(text: string): string {
  const cut = text.length > MOST_OF_A_STRING ? `${text.slice(0, MOST_OF_A_STRING)}...` : text;
  return JSON.stringify(cut);
}

/** The checks that give an errno, as a function; nothing for a call that no description knows. */
function whyFunction(name: string, { semantics }: CallDescription): string {
  const found = new Map<number, { errno: string; checks: string[] }>();
  for (const { check, errno, when } of checks(semantics.body)) {
    const number = errnoNumber(errno);
    const known = found.get(number) ?? { errno, checks: [] };
    known.checks.push(`${check} (${printCondition(when)})`);
    found.set(number, known);
  }
  if (found.size === 0) return '';
  const cases = [...found.values()].map(
    each => `\tcase ${each.errno}:\n\t\treturn ${cString([...new Set(each.checks)].join(', or '))};\n`,
  );
  const about = comment([`Which checks of ${name}() give an errno; NULL where the description knows none.`]);
  return `${about}static inline const char *${name}_why(int errnum)\n{\n\tswitch (errnum) {\n${cases.join('')}\tdefault:\n\t\treturn NULL;\n\t}\n}\n`;
}

/** @param core calls of the DRM core: only those that the drm.h of the program has */
export function inlineCall(ioctl: IoctlFact, driver: DriverDescription, core: boolean): string {
  const { name, argument } = ioctl;
  const documented = documentation(ioctl, driver.calls.get(name));
  const head = `static inline int ${functionName(name, core)}(int fd${argument ? `, ${parameter(argument, driver)}` : ''})`;
  const body = `{\n\treturn accel_uapi_ioctl(fd, ${name}, ${argument ? 'argument' : 'NULL'});\n}\n`;
  const call = driver.calls.get(name);
  const why = call ? whyFunction(functionName(name, core), call) : '';
  const text = `${documented}${head}\n${body}${why === '' ? '' : `\n${why}`}`;
  return core ? `#ifdef ${name}\n${text}#endif\n` : text;
}
