import { join } from 'node:path';
import { QemuError } from './errors.ts';
import { type HardwareProfile, INTERRUPT, REGISTER_BASE, REGISTER_LENGTH } from './machine.ts';
import { runTool, ToolFailure } from './tools.ts';

/** Node names of QEMU's `virt` machine (hw/arm/virt.c). */
const INTERRUPT_CONTROLLER = '/intc@8000000';

/** A GIC's specifier: shared peripheral interrupt, number, trigger (bindings for interrupt controllers). */
const SHARED = 0;
const EDGE_RISING = 1;

/** A property assignment for `fdtput`; without values it is an empty (true) property. */
interface Assignment {
  readonly node: string;
  readonly property: string;
  readonly type?: 'strings' | 'cells';
  readonly values?: readonly (string | number)[];
}

/**
 * What the machine needs beyond QEMU's own tree: registers in memory that the kernel leaves alone, and the
 * device. `controller` is the phandle of the interrupt controller.
 */
function assignments(profile: HardwareProfile, controller: number): Assignment[] {
  const address = REGISTER_BASE.toString(16);
  const region = [0, REGISTER_BASE, 0, REGISTER_LENGTH];
  const reserved = `/reserved-memory/npu@${address}`;
  const device = `/npu@${address}`;
  const cells = (node: string, property: string, ...values: number[]): Assignment => {
    return { node, property, type: 'cells', values };
  };
  return [
    { node: '/reserved-memory', property: 'ranges' },
    cells('/reserved-memory', '#address-cells', 2),
    cells('/reserved-memory', '#size-cells', 2),
    { node: reserved, property: 'no-map' },
    cells(reserved, 'reg', ...region),
    { node: device, property: 'compatible', type: 'strings', values: [profile.compatible] },
    cells(device, 'reg', ...region),
    cells(device, 'interrupt-parent', controller),
    cells(device, 'interrupts', SHARED, INTERRUPT, EDGE_RISING),
  ];
}

/**
 * Writes the machine's device tree to `directory` and returns the file. `machine` are the QEMU options that shape
 * the tree (machine, processor, memory); QEMU prints its own tree for them, which is then edited.
 */
export async function makeDeviceTree(
  directory: string,
  machine: readonly string[],
  profile: HardwareProfile,
): Promise<string> {
  const file = join(directory, 'machine.dtb');
  try {
    await runTool('qemu-system-aarch64', [...machine, '-machine', `dumpdtb=${file}`]);
    const { stdout } = await runTool('fdtget', ['-t', 'u', file, INTERRUPT_CONTROLLER, 'phandle']);
    const controller = Number(stdout.toString('utf8').trim());
    for (const { node, property, type, values = [] } of assignments(profile, controller)) {
      const format = type === undefined ? [] : ['-t', type === 'strings' ? 's' : 'u'];
      await runTool('fdtput', ['-p', ...format, file, node, property, ...values.map(String)]);
    }
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    throw new QemuError(
      'boot-failed',
      `The device tree of the virtual machine could not be made (${error.message}): qemu-system-aarch64 7.0 or newer is expected.`,
    );
  }
  return file;
}
