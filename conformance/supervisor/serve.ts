/** Runs a command beside a reference that answers its calls on the node. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FileTree, machineFiles, nodeKindOf, type ReferenceOptions } from '../../reference/index.ts';
import { buildSupervisor, LinkError } from '../link/index.ts';
import { Channel } from './channel.ts';
import { ServedDevice } from './device.ts';

/** The files of the machine as files of a folder; the node is an empty one. */
function plant(tree: FileTree, root: string, path: string): void {
  for (const name of tree.list(path)) {
    const below = path === '/' ? `/${name}` : `${path}/${name}`;
    const found = tree.get(below)!;
    const place = join(root, below);
    mkdirSync(dirname(place), { recursive: true });
    if (found.kind === 'directory') {
      mkdirSync(place, { recursive: true });
      plant(tree, root, below);
    } else if (found.kind === 'link') symlinkSync(found.target, place);
    else writeFileSync(place, found.kind === 'text' ? found.content : '');
  }
}

/** The kernel's own list of majors, with the line of the served node. */
function addMajor(root: string, registered: string): void {
  const place = join(root, 'proc/devices');
  const line = new RegExp(`^ *\\d+ ${registered}\\n`, 'm').exec(readFileSync(place, 'utf8'))?.[0] ?? '';
  const own = readFileSync('/proc/devices', 'utf8').replace(new RegExp(`^ *\\d+ ${registered}\\n`, 'm'), '');
  writeFileSync(
    place,
    own.replace('Character devices:\n', heading => heading + line),
  );
}

export async function serve(options: ReferenceOptions, command: readonly string[]): Promise<number> {
  const program = await buildSupervisor();
  const folder = mkdtempSync(join(tmpdir(), 'accel-uapi-run-'));
  try {
    const [from, to, root] = ['from', 'to', 'tree'].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const made = spawnSync(program, ['pipes', from, to]);
    if (made.status !== 0) throw new LinkError(`pipes cannot be made in ${folder}`);
    const channelOf = () => new Channel(openSync(from, 'r'), openSync(to, 'w'));
    const device = new ServedDevice(options);
    const { path, major, minor } = device.names;
    plant(machineFiles(minor, options.faults ?? {}, nodeKindOf(path), options.driver.name), root, '/');
    addMajor(root, device.names.registered);
    const child = spawn(program, ['run', from, to, root, path, `${major}:${minor}`, ...command], {
      stdio: 'inherit',
    });
    if (child.pid === undefined) throw new LinkError(`${program} cannot be started`);
    // The terminal sends its signals to the command too, which may go on.
    const ignore = () => {};
    process.on('SIGINT', ignore).on('SIGQUIT', ignore);
    const ended = once(child, 'exit');
    const status = device.answer(channelOf());
    child.kill('SIGTERM');
    await ended;
    return status;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
