/** What a value of a file may be, whatever the file is written in. */

const UNSAFE_KEY = '__proto__';

/** Why a number of a file cannot be taken; undefined when it can. */
export function numberProblem(value: number | bigint, source: string): string | undefined {
  const written = source.length > 40 ? `${source.slice(0, 40)}...` : source;
  if (typeof value === 'number' && !Number.isFinite(value))
    return `${written} is no finite number; expected an integer`;
  if (/^[-+]?0\d/.test(source))
    return `${written} begins with 0, which C reads as octal and YAML as decimal; write it without`;
  const whole = typeof value === 'bigint' || Number.isInteger(value);
  if (whole && !Number.isSafeInteger(Number(value)))
    return `${written} is beyond 2^53 and would lose bits; write it as a hexadecimal string such as "0xffffffffffffffff", where the format takes one`;
  return undefined;
}

/** Why a key cannot be taken; undefined when it can. */
export function keyProblem(key: string, object: object): string | undefined {
  const written = JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}...` : key);
  if (key === UNSAFE_KEY) return `a key cannot be ${UNSAFE_KEY}; give it another name`;
  if (Object.hasOwn(object, key)) return `the key ${written} is there twice; remove one`;
  return undefined;
}
