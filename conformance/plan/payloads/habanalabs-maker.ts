/** What is made for habanalabs' calls before they are sent: objects, memory, and what the device tells of itself. */
import type { Value } from '../../../schemas/index.ts';
import { addressOf, slotValue } from '../builder.ts';
import { JobMaker, payloadsBy } from './job-maker.ts';

export const CB = 'DRM_IOCTL_HL_CB';
export const MEMORY = 'DRM_IOCTL_HL_MEMORY';
export const PAGE = 4096n;
/** PCI device IDs of Gaudi, as the description has them. */
const GAUDI = [0x1000n, 0x1010n];
/** What an allocation of less takes. */
const DEFAULT_PAGE = 'chip.device_mem_alloc_default_page_size';

export type Members = Readonly<Record<string, bigint | Value>>;

export class Maker extends JobMaker {
  number(constant: string): bigint {
    return this.maker.context.driver.types.constantValue(constant);
  }

  put(values: Members): void {
    Object.assign(this.values, values);
  }

  /** A call that comes before and may fail, since what it brings about may be so already. */
  perhaps(name: string, values: Members): void {
    this.maker.call(this.fd, this.call(name), values, { label: `${name} (unless it is so already)` });
  }

  /** A call that comes before, and what it leaves in a member. */
  before(name: string, values: Members, member?: string): Value {
    const slot = this.maker.builder.slot();
    const keep = member === undefined ? {} : { keep: { field: member, slot } };
    this.setup.push(
      this.maker.call(this.fd, this.call(name), values, { label: `${name} (before)`, ...keep }),
    );
    return slotValue(slot);
  }

  room(pointer: string, size: string, bytes: bigint): void {
    this.values[pointer] = addressOf(this.maker.target(this.submit, pointer, bytes));
    this.values[size] = bytes;
  }

  structSize(struct: string): bigint {
    return this.sizeOf(struct);
  }

  commandBuffer(flags = 0n): Value {
    return this.before(CB, { 'in.op': 0n, 'in.cb_size': PAGE, 'in.flags': flags }, 'out.cb_handle');
  }

  memory(): Value {
    return this.before(MEMORY, { 'in.op': 0n, 'in.alloc.mem_size': PAGE }, 'out.handle');
  }

  mapped(memory = this.memory()): Value {
    const values = { 'in.op': this.number('HL_MEM_OP_MAP'), 'in.map_device.handle': memory };
    return this.before(MEMORY, values, 'out.device_virt_addr');
  }

  mappedHost(): Value {
    const values = {
      'in.op': this.number('HL_MEM_OP_MAP'),
      'in.flags': this.number('HL_MEM_USERPTR'),
      'in.map_host.host_virt_addr': this.host(),
      'in.map_host.mem_size': PAGE,
    };
    return this.before(MEMORY, values, 'out.device_virt_addr');
  }

  /** What the device tells of itself. */
  parameter(name: string): bigint {
    return BigInt(this.maker.context.params.get(name) ?? 0);
  }

  /** Memory of the device to be exported: the memory of Gaudi has no virtual addresses. */
  exported(last = false): Members {
    const physical = GAUDI.includes(this.parameter('chip.device_id'));
    const size = physical ? this.parameter('chip.dram_size') : this.parameter(DEFAULT_PAGE);
    const skipped = last ? size - PAGE : 0n;
    return {
      'in.op': this.number('HL_MEM_OP_EXPORT_DMABUF_FD'),
      'in.export_dmabuf_fd.mem_size': PAGE,
      ...(physical
        ? { 'in.export_dmabuf_fd.addr': this.parameter('chip.dram_base_address') + skipped }
        : { 'in.export_dmabuf_fd.addr': this.mapped(), 'in.export_dmabuf_fd.offset': skipped }),
    };
  }

  /** Memory of the program that the device may read and write. */
  host(): Value {
    return addressOf(this.maker.builder.buffer(Number(PAGE), { align: 'start' }));
  }

  eventfd(): Value {
    const made = this.maker.freshDescriptor(this.fd, 'eventfd')!;
    this.setup.push(...made.steps);
    return made.fd;
  }
}

export const payload = payloadsBy(Maker);
