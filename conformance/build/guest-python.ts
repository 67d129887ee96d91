/**
 * What a virtual machine of this processor needs to run a program of Python: the machine's own interpreter, the modules
 * that the program loads, and the libraries of both.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { type GuestFile, QemuError } from '../targets/qemu/index.ts';
import { PYTHON, requireModules, runPython } from './python.ts';

/** Where the interpreter lies in the guest: what it loads is found from there, at the places of this machine. */
const PLACE = 'usr/bin/python3';

/** Loads the program as a module, and prints the file of everything that came with it; the first argument is its folder. */
const LISTED = `
import json, sys
folder, name, *more = sys.argv[1:]
sys.path.insert(0, folder)
for each in ['encodings.utf_8', 'encodings.ascii', 'encodings.latin_1', 'locale', *more, name]:
    __import__(each)
files = {getattr(module, '__file__', None) for module in list(sys.modules.values())}
print(json.dumps(sorted(each for each in files if each and not each.startswith(folder))))
`;

/** The shared libraries of some programs, the loader among them. */
function librariesOf(paths: readonly string[]): string[] {
  const told = execFileSync('ldd', [...paths], { encoding: 'utf8' });
  const found = told.matchAll(/(?:=>|^)\s*(\/\S+) \(0x[0-9a-f]+\)$/gm);
  return [...new Set([...found].map(([, path]) => path!))];
}

/**
 * @param folder where the program is on this machine; its own files stay out
 * @param name the program's module
 * @param packages modules that it needs and Python has not, with the Debian packages that bring them
 */
export function guestPython(
  folder: string,
  name: string,
  packages: Readonly<Record<string, string>>,
): { readonly path: string; readonly files: readonly GuestFile[] } {
  if (process.arch !== 'x64')
    throw new QemuError(
      'no-tool',
      `Python cannot be had in a machine of x86-64: that of this machine is for ${process.arch}; run this on x86-64`,
    );
  requireModules(packages);
  const { accepted, stdout, words } = runPython(['-c', LISTED, folder, name, ...Object.keys(packages)]);
  if (!accepted) throw new Error(`${PYTHON} cannot load ${name} of ${folder}: ${words}`);
  const modules = JSON.parse(stdout) as string[];
  const program = realpathSync(PYTHON);
  const libraries = librariesOf([program, ...modules.filter(each => each.endsWith('.so'))]);
  const file = (path: string, at = path.slice(1)): GuestFile => ({
    name: at,
    data: readFileSync(path),
    executable: !path.endsWith('.py'),
  });
  return {
    path: `/${PLACE}`,
    files: [file(program, PLACE), ...[...modules, ...libraries].map(path => file(path))],
  };
}
