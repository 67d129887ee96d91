/** The steps that work on files rather than on the device. Their outcome is followed by the judge, not predicted. */
import { type Op, protocol, recordLayout, systemConstant, writeRecord } from '../../schemas/index.ts';
import { onSocket } from '../netlink/ops.ts';
import { writeBinding } from './binding.ts';
import { entry } from './entered.ts';
import { settle, take } from './event-counter.ts';
import { onCounter } from './event-ops.ts';
import { fdinfo } from './fdinfo.ts';
import { onFences } from './fence-ops.ts';
import type { Machine, OpenFile, StepOutcome } from './machine.ts';
import { onNode } from './node-ops.ts';

const S_IFMT = 0o170000n;
const S_IFCHR = 0o020000n;
const CLOSE_ON_EXEC = BigInt(systemConstant('FD_CLOEXEC'));
const F_GETFD = BigInt(systemConstant('F_GETFD'));
const F_SETFD = BigInt(systemConstant('F_SETFD'));
const F_GETFL = BigInt(systemConstant('F_GETFL'));

/** nop, sleep, read, write, lseek, poll, fcntl, stat, mknod, unlink, readlink, readfile, listdir, holders. */
export function runFileOp(machine: Machine, op: Op, args: readonly bigint[]): StepOutcome {
  const open = (outcome: StepOutcome): StepOutcome => ({ ...outcome, open: true });
  const arg = (index: number) => args[index] ?? 0n;
  switch (op) {
    case 'nop':
      return machine.done(0n);
    case 'sleep':
      machine.rest(arg(0));
      return machine.done(0n);
    case 'holders':
      return open(machine.done(0n));
    case 'fcntl':
      return control(machine, arg(0), arg(1), arg(2));
    case 'lseek':
    case 'poll':
    case 'write':
    case 'read':
      return plainDescriptor(machine, op, arg(0), arg(1), arg(2));
    default:
      return open(pathOp(machine, op, args));
  }
}

function control(machine: Machine, descriptor: bigint, command: bigint, value: bigint): StepOutcome {
  const found = machine.descriptors.get(BigInt.asIntN(32, descriptor));
  if (!found) return machine.badDescriptor();
  if (command === F_GETFD) return machine.done(found.closeOnExec ? CLOSE_ON_EXEC : 0n);
  if (command === F_SETFD) {
    found.closeOnExec = (value & CLOSE_ON_EXEC) !== 0n;
    return machine.done(0n);
  }
  return { ...(command === F_GETFL ? machine.done(2n) : machine.fail('EINVAL')), open: true };
}

function plainDescriptor(
  machine: Machine,
  op: Op,
  descriptor: bigint,
  address: bigint,
  length: bigint,
): StepOutcome {
  const found = entry(machine, descriptor);
  if (!found) return machine.badDescriptor();
  if (found.file.kind === 'text' && op === 'read') {
    const bytes = found.file.content.subarray(0, Number(length));
    machine.memory.write(address, bytes);
    return { ...machine.done(BigInt(bytes.length)), open: true };
  }
  if (op === 'read' && machine.calls.eaten.has(found.file)) discard(machine, found.file);
  if (found.file.kind === 'netlink') return onSocket(machine, op, found.file, address, length);
  if (found.file.kind === 'eventfd') return onCounter(machine, op, found.file.object, address, length);
  if (found.file.kind === 'node') return onNode(machine, op, found.file, address, length);
  if (found.file.kind === 'dma-buf' || found.file.kind === 'sync-file')
    return onFences(machine, op, found.file.kind, found.file.object, address, length);
  return { ...machine.fail('EINVAL'), open: true };
}

/** The fault `eats`: what could be read is gone. */
function discard(machine: Machine, file: OpenFile): void {
  if (file.kind === 'node') {
    file.client.events.settle(machine.clock);
    if (file.client.events.first) file.client.events.take();
  } else if (file.kind === 'eventfd') {
    settle(file.object, machine.clock);
    take(file.object);
  }
}

function pathOp(machine: Machine, op: Op, args: readonly bigint[]): StepOutcome {
  const { files, memory } = machine;
  const arg = (index: number) => args[index] ?? 0n;
  const path = memory.text(arg(0));
  const node = files.get(path);
  if (op === 'mknod') {
    if (node) return machine.fail('EEXIST');
    if ((arg(1) & S_IFMT) !== S_IFCHR) return machine.fail('EINVAL');
    files.add(path, {
      kind: 'character',
      major: Number(arg(2)),
      minor: Number(arg(3)),
      mode: Number(arg(1)),
    });
    return machine.done(0n);
  }
  if (op === 'writefile') {
    const bound = writeBinding(machine, path, arg(1), arg(2));
    if (bound) return bound;
    const written = machine.options.written?.(
      path,
      new TextDecoder().decode(memory.read(arg(1), Number(arg(2)))),
    );
    if (written) return written.errno === undefined ? machine.done(arg(2)) : machine.fail(written.errno);
  }
  const told = op === 'readfile' ? fdinfo(machine, path) : undefined;
  if (told !== undefined) return give(machine, arg(1), arg(2), told);
  if (!node) return machine.fail('ENOENT');
  switch (op) {
    case 'unlink':
      files.delete(path);
      return machine.done(0n);
    case 'readlink':
      return node.kind === 'link' ? give(machine, arg(1), arg(2), node.target) : machine.fail('EINVAL');
    case 'writefile': {
      if (node.kind !== 'text') return machine.fail(node.kind === 'directory' ? 'EISDIR' : 'EINVAL');
      const content = new TextDecoder().decode(memory.read(arg(1), Number(arg(2))));
      files.add(path, { kind: 'text', content: content + node.content.slice(content.length) });
      return machine.done(arg(2));
    }
    case 'readfile':
      return node.kind === 'text'
        ? give(machine, arg(1), arg(2), node.content)
        : machine.fail(node.kind === 'directory' ? 'EISDIR' : 'EINVAL');
    case 'listdir': {
      if (node.kind !== 'directory') return machine.fail('ENOTDIR');
      const names = files
        .list(path)
        .map(name => `${name}\0`)
        .join('');
      return names.length > Number(arg(2)) ? machine.fail('ERANGE') : give(machine, arg(1), arg(2), names);
    }
    default:
      return status(machine, arg(1), node);
  }
}

function give(machine: Machine, address: bigint, length: bigint, text: string): StepOutcome {
  const bytes = new TextEncoder().encode(text).subarray(0, Number(length));
  machine.memory.write(address, bytes);
  return machine.done(BigInt(bytes.length));
}

function status(
  machine: Machine,
  address: bigint,
  node: NonNullable<ReturnType<Machine['files']['get']>>,
): StepOutcome {
  const layout = recordLayout(protocol, 'file_status');
  const bytes = new Uint8Array(layout.size);
  const device =
    node.kind === 'character'
      ? node
      : { major: 0, minor: 0, mode: node.kind === 'directory' ? 0o40755 : 0o100444 };
  const size = node.kind === 'text' ? BigInt(node.content.length) : 0n;
  writeRecord(new DataView(bytes.buffer), 0, layout, {
    mode: device.mode,
    nlink: 1,
    rdev_major: device.major,
    rdev_minor: device.minor,
    size,
  });
  machine.memory.write(address, bytes);
  return machine.done(0n);
}
