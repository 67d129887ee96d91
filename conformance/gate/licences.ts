/** Licences under which anybody may use, change and pass on a library. */

/** Identifiers of SPDX that the Open Source Initiative has approved or the Free Software Foundation calls free. */
export const OPEN_LICENCES = [
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSD-3-Clause-Clear',
  'BSL-1.0',
  'GPL-2.0-only',
  'GPL-2.0-or-later',
  'GPL-3.0-only',
  'GPL-3.0-or-later',
  'ISC',
  'LGPL-2.1-only',
  'LGPL-2.1-or-later',
  'LGPL-3.0-only',
  'LGPL-3.0-or-later',
  'MIT',
  'MPL-2.0',
  'NCSA',
  'Zlib',
] as const;

const EXCEPTIONS = ['Linux-syscall-note', 'LLVM-exception'];

/** Whether an SPDX expression leaves a choice that is open: of an OR one side, of an AND both. */
export function isOpen(expression: string): boolean {
  const plain = expression
    .trim()
    .replace(/^\((.*)\)$/, '$1')
    .trim();
  const either = plain.split(/\s+OR\s+/);
  if (either.length > 1) return either.some(isOpen);
  const both = plain.split(/\s+AND\s+/);
  if (both.length > 1) return both.every(isOpen);
  const [licence, exception, ...rest] = plain.split(/\s+WITH\s+/);
  if (rest.length > 0 || (exception !== undefined && !EXCEPTIONS.includes(exception))) return false;
  return (OPEN_LICENCES as readonly string[]).includes(licence!);
}
