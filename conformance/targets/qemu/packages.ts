/** One package of a Debian index, as `apt-cache show` prints it. */
export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The Depends field, unparsed. */
  readonly depends: string;
  /** Bytes to download. */
  readonly size: number;
  readonly sha256: string;
}

export interface ExactDependency {
  readonly name: string;
  readonly version: string;
}

/** Fields of one stanza by lower-case name; a continued line is joined to its field (Debian Policy 5.1). */
function fields(stanza: string): Map<string, string> {
  const found = new Map<string, string>();
  let last = '';
  for (const line of stanza.split('\n')) {
    const field = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line);
    if (field !== null) {
      last = field[1]!.toLowerCase();
      found.set(last, field[2]!);
    } else if (/^\s/.test(line) && last !== '') {
      found.set(last, `${found.get(last)}\n${line.trim()}`);
    }
  }
  return found;
}

/** Reads the stanzas that `apt-cache show` prints; one without name or version is left out. */
export function parsePackages(text: string): PackageRecord[] {
  return text
    .split(/\n\s*\n/)
    .map(fields)
    .map(field => ({
      name: field.get('package') ?? '',
      version: field.get('version') ?? '',
      architecture: field.get('architecture') ?? '',
      depends: field.get('depends') ?? '',
      size: Number(field.get('size') ?? 0),
      sha256: field.get('sha256') ?? '',
    }))
    .filter(({ name, version }) => name !== '' && version !== '');
}

/**
 * The `(= version)` relations of a Depends field to packages that are built together with a kernel. From 7.x on
 * linux-image-* is empty and these hold it all; earlier only the metapackage has one.
 */
export function exactDependencies(depends: string): ExactDependency[] {
  return depends
    .split(/[,|]/)
    .map(relation => /^\s*(linux-[^\s:(]+)(?::\S+)?\s*\(\s*=\s*([^\s)]+)\s*\)/.exec(relation))
    .filter(match => match !== null)
    .map(match => ({ name: match[1]!, version: match[2]! }));
}

/**
 * A package with everything its exact relations lead to, itself first. `show` gives the records of packages named
 * `name=version`, in any order.
 */
export async function exactClosure(
  root: PackageRecord,
  show: (wanted: readonly ExactDependency[]) => Promise<readonly PackageRecord[]>,
): Promise<PackageRecord[]> {
  const closure = new Map([[root.name, root]]);
  let level: readonly PackageRecord[] = [root];
  while (level.length > 0) {
    const wanted = level
      .flatMap(({ depends }) => exactDependencies(depends))
      .filter(
        ({ name }, index, all) => !closure.has(name) && all.findIndex(other => other.name === name) === index,
      );
    const shown = wanted.length > 0 ? await show(wanted) : [];
    level = wanted.map(({ name, version }) => {
      const record = shown.find(other => other.name === name && other.version === version);
      if (record === undefined) throw new Error(`${name} ${version} is not in the package index`);
      return record;
    });
    for (const record of level) closure.set(record.name, record);
  }
  return [...closure.values()];
}

/** Versions from newest to oldest, each once. `isNewer(a, b)` is the order of `dpkg --compare-versions a gt b`. */
export async function newestFirst(
  versions: readonly string[],
  isNewer: (a: string, b: string) => Promise<boolean>,
): Promise<string[]> {
  const sorted: string[] = [];
  for (const version of new Set(versions)) {
    let at = 0;
    while (at < sorted.length && !(await isNewer(version, sorted[at]!))) at++;
    sorted.splice(at, 0, version);
  }
  return sorted;
}
