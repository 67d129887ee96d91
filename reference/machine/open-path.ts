/** open() of a path. */
import { openControl } from '../drm/control-node.ts';
import { openNode } from '../drm/open.ts';
import type { Machine, StepOutcome } from './machine.ts';

export function openPath(machine: Machine, path: bigint, flags: bigint): StepOutcome {
  const name = machine.memory.text(path);
  const node = machine.files.get(name);
  if (!node) return machine.fail('ENOENT');
  if (node.kind === 'text') {
    const descriptor = machine.newDescriptor();
    machine.descriptors.set(descriptor, {
      file: { kind: 'text', content: new TextEncoder().encode(node.content) },
      closeOnExec: false,
    });
    return machine.done(descriptor);
  }
  if (node.kind !== 'character') return machine.fail(node.kind === 'directory' ? 'EISDIR' : 'ENOENT');
  const control = openControl(machine, name);
  if (control) return control;
  return openNode(machine, BigInt(node.minor), flags, name === machine.primary?.path);
}
