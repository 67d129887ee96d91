/** A program that maps memory of the node, looks at it and writes to it. */
import type { Value } from '../../schemas/index.ts';
import type { ClauseId } from '../../spec/index.ts';
import { constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import type { Case, Instance } from '../plan/case.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { mapShared } from '../plan/map.ts';

/**
 * An offset that no object has: they lie below 1 TiB and a bit (include/drm/drm_vma_manager.h:38). mmap2 of a 32-bit
 * program can say it.
 */
export const NOWHERE = 1n << 43n;
/** What programs store to see it again. */
export const MARK = 0x5a5a_1234;

export class MapScene {
  readonly builder = new ProgramBuilder();
  readonly maker: CallMaker;
  readonly context: PlanContext;
  readonly fd: Value;
  readonly page: bigint;
  readonly controls: number[] = [];
  readonly probes: number[] = [];

  constructor(context: PlanContext) {
    this.context = context;
    this.page = BigInt(context.hello.pageSize);
    this.maker = new CallMaker(this.builder, context);
    this.fd = this.open();
  }

  open(): Value {
    const { step, fd } = this.builder.open(this.context.nodePath, O_RDWR);
    this.controls.push(step);
    return fd;
  }

  map(label: string, offset: Value, more: { bytes?: bigint; prot?: number; fd?: Value } = {}) {
    const { bytes = this.page, prot, fd = this.fd } = more;
    return mapShared(this.builder, label, fd, offset, constant(bytes), prot);
  }

  unmap(label: string, at: Value, bytes = this.page): number {
    return this.builder.step(label, 'munmap', [at, constant(bytes)]);
  }

  load(label: string, at: Value): number {
    return this.builder.step(label, 'load', [at, constant(4)]);
  }

  store(label: string, at: Value, value: number): number {
    return this.builder.step(label, 'store', [at, constant(4), constant(value)]);
  }

  checksum(label: string, at: Value, bytes = this.page): number {
    return this.builder.step(label, 'checksum', [at, constant(bytes)]);
  }

  caseOf(clause: ClauseId, instance: string, name: string, more: Partial<Instance> = {}): Case {
    const { controls, probes } = this;
    return {
      name,
      family: 'mapping',
      program: this.builder.build(),
      labels: this.builder.labels,
      instances: [{ clause, instance, controls, probes, ...more }],
    };
  }
}

/** A place so far behind the number in a slot. */
export const beyond = (value: Value, add: bigint): Value => ({
  ...(value as Extract<Value, { kind: 'slot' }>),
  add,
});
