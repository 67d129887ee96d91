import { join } from 'node:path';
import { QemuError } from './errors.ts';
import {
  type HardwareProfile,
  INTERRUPT,
  type Machine,
  type PlayedDevice,
  REGISTER_BASE,
  REGISTER_LENGTH,
} from './machine.ts';
import { runTool, ToolFailure } from './tools.ts';

/** Nodes of QEMU's `virt` machine (hw/arm/virt.c) that the device refers to. */
const REFERRED = { controller: '/intc@8000000', clock: '/apb-pclk', iommu: '/smmuv3@9050000' } as const;

/** Their phandles; a machine without an IOMMU has none for it. */
type Handles = Readonly<Record<keyof typeof REFERRED, number>>;

const RESET_CONTROLLER_HANDLE = 0x9000;
/**
 * Where the registers of the controller lie that resets the NPU: it finds memory there, and that is enough for it
 * (drivers/reset/reset-simple.c).
 */
const RESET_OFFSET = 0x8000;
const RESET_LENGTH = 0x1000;
/** What the IOMMU knows the NPU by: nothing on the machine's PCI bus has so high a number. */
const STREAM = 0xff00;

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

/** A window of the registers as `reg` has it. */
const window = (offset: number, length: number) => [0, REGISTER_BASE + offset, 0, length];

const cells = (node: string, property: string, ...values: number[]): Assignment => {
  return { node, property, type: 'cells', values };
};

const strings = (node: string, property: string, ...values: string[]): Assignment => {
  return { node, property, type: 'strings', values };
};

/** What each device has beside its interrupt. */
const DEVICES: Readonly<Record<PlayedDevice, (device: string, handles: Handles) => Assignment[]>> = {
  ethosu: device => [cells(device, 'reg', ...window(0, REGISTER_LENGTH))],
  /** Documentation/devicetree/bindings/npu/rockchip,rk3588-rknn-core.yaml, without the supplies and power domains. */
  rocket: (device, { clock, iommu }) => {
    const controller = `/reset-controller@${(REGISTER_BASE + RESET_OFFSET).toString(16)}`;
    const [first, second] = [0, 1].map(line => [RESET_CONTROLLER_HANDLE, line]);
    return [
      cells(device, 'reg', ...window(0, 0x1000), ...window(0x1000, 0x1000), ...window(0x3000, 0x1000)),
      strings(device, 'reg-names', 'pc', 'cna', 'core'),
      cells(device, 'clocks', clock, clock, clock, clock),
      strings(device, 'clock-names', 'aclk', 'hclk', 'npu', 'pclk'),
      cells(device, 'resets', ...first!, ...second!),
      strings(device, 'reset-names', 'srst_a', 'srst_h'),
      cells(device, 'iommus', iommu, STREAM),
      strings(controller, 'compatible', 'snps,dw-high-reset'),
      cells(controller, 'reg', ...window(RESET_OFFSET, RESET_LENGTH)),
      cells(controller, '#reset-cells', 1),
      cells(controller, 'phandle', RESET_CONTROLLER_HANDLE),
    ];
  },
};

/** What the machine needs beyond QEMU's own tree: registers in memory that the kernel leaves alone, and the device. */
function assignments(played: PlayedDevice, profile: HardwareProfile, handles: Handles): Assignment[] {
  const address = REGISTER_BASE.toString(16);
  const reserved = `/reserved-memory/npu@${address}`;
  const device = `/npu@${address}`;
  return [
    { node: '/reserved-memory', property: 'ranges' },
    cells('/reserved-memory', '#address-cells', 2),
    cells('/reserved-memory', '#size-cells', 2),
    { node: reserved, property: 'no-map' },
    cells(reserved, 'reg', ...window(0, REGISTER_LENGTH)),
    strings(device, 'compatible', profile.compatible),
    ...DEVICES[played](device, handles),
    cells(device, 'interrupt-parent', handles.controller),
    cells(device, 'interrupts', SHARED, INTERRUPT, EDGE_RISING),
  ];
}

/**
 * Writes the machine's device tree to `directory` and returns the file. `options` are those of QEMU that shape the
 * tree (machine, processor, memory); QEMU prints its own tree for them, which is then edited.
 */
export async function makeDeviceTree(
  directory: string,
  options: readonly string[],
  { played = 'ethosu', iommu }: Machine,
  profile: HardwareProfile,
): Promise<string> {
  const file = join(directory, 'machine.dtb');
  try {
    await runTool('qemu-system-aarch64', [...options, '-machine', `dumpdtb=${file}`]);
    const handle = async (name: keyof typeof REFERRED): Promise<number> => {
      const { stdout } = await runTool('fdtget', ['-t', 'u', file, REFERRED[name], 'phandle']);
      return Number(stdout.toString('utf8').trim());
    };
    const handles = {
      controller: await handle('controller'),
      clock: await handle('clock'),
      iommu: iommu === undefined ? 0 : await handle('iommu'),
    };
    for (const { node, property, type, values = [] } of assignments(played, profile, handles)) {
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
