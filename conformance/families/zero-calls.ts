/** A program of calls that hand a driver nothing but zeros, and what must be the same in all of them. */
import {
  type Access,
  encodeRequest,
  errnoName,
  type Program,
  type RequestParts,
  type Trace,
  type Value,
} from '../../schemas/index.ts';
import { addressOf, constant, ProgramBuilder } from '../plan/builder.ts';
import { CallMaker } from '../plan/call-maker.ts';
import { O_RDWR, type PlanContext } from '../plan/context.ts';
import { contentAfterStep } from './content-after.ts';
import type { HeaderCall } from './header.ts';

interface Bytes {
  readonly from: number;
  readonly to: number;
}

export interface Probe {
  readonly label: string;
  /** How the call must end; as the plain one without it. */
  readonly errno?: string;
  /** Size in the request, and of the argument. */
  readonly size?: number;
  readonly direction?: RequestParts['direction'];
  /** Address of the argument in place of a buffer. */
  readonly address?: Value;
  /** So many bytes of the argument lie on the guard page behind it. */
  readonly beyond?: number;
  readonly access?: Access;
  /** What bytes hold that no handler can see. */
  readonly fill?: Bytes & { readonly byte: number };
  /** Bytes that must come back as they were; `orZero` where the core clears what was not copied in. */
  readonly kept?: Bytes & { readonly orZero: boolean };
}

/** What the machine may cause at any time, and what says nothing of the call. */
const ENVIRONMENTAL = new Set(['ENOMEM', 'EINTR', 'EAGAIN', 'ERESTARTSYS', 'EBUSY', 'ENOSPC', 'ENODEV']);

interface Tried {
  readonly probe: Probe;
  readonly step: number;
  /** The argument, where it can be looked at. */
  readonly buffer?: number;
}

export class ZeroCalls {
  private readonly builder = new ProgramBuilder();
  private readonly maker: CallMaker;
  private readonly context: PlanContext;
  private readonly call: HeaderCall;
  private readonly fd: Value;
  /** Calls that must succeed for anything to count. */
  private readonly controls: number[];
  /** The plain calls, one before and one after every probe. */
  private readonly plain: number[] = [];
  /** A call that only a number without a handler answers with anything but EFAULT. */
  private readonly there: number;
  private readonly tried: Tried[] = [];

  constructor(context: PlanContext, call: HeaderCall) {
    this.context = context;
    this.call = call;
    this.maker = new CallMaker(this.builder, context);
    const { step, fd } = this.builder.open(context.nodePath, O_RDWR);
    this.fd = fd;
    this.controls = [step, this.version()];
    this.there = this.make({ label: 'an argument that is not mapped', access: 'hole' }).step;
    this.plain.push(this.make({ label: 'zeros' }).step);
  }

  probe(probe: Probe): void {
    this.tried.push(this.make(probe));
    this.plain.push(this.make({ label: 'zeros' }).step);
  }

  private version(): number {
    return this.maker.good(this.fd, this.context.driver.calls.get('DRM_IOCTL_VERSION')!)!.step;
  }

  private make(probe: Probe): Tried {
    const { fact, layout } = this.call;
    const size = probe.size ?? layout.size;
    const { number, letter } = fact;
    const direction = probe.direction ?? fact.direction;
    const request = constant(encodeRequest({ direction, letter, number, size }));
    const label = `${fact.name}: ${probe.label}`;
    if (probe.address)
      return { probe, step: this.builder.step(label, 'ioctl', [this.fd, request, probe.address]) };
    const data = new Uint8Array(Math.max(size, 1));
    if (probe.fill) data.fill(probe.fill.byte, probe.fill.from, probe.fill.to);
    // An argument of no bytes still has an address.
    const buffer = this.builder.buffer(data.length, {
      ...(probe.access === 'hole' ? {} : { data }),
      ...(probe.access ? { access: probe.access } : {}),
      align: probe.access === 'hole' ? 'start' : 'end',
    });
    const at = (probe.beyond ?? 0) + (size === 0 ? 1 : 0);
    const step = this.builder.step(label, 'ioctl', [this.fd, request, addressOf(buffer, at)]);
    return { probe, step, buffer };
  }

  done(): {
    program: Program;
    labels: readonly string[];
    controls: number[];
    probes: number[];
    missed: (trace: Trace) => string | undefined;
    look: (trace: Trace) => string | undefined;
  } {
    this.controls.push(this.version());
    return {
      program: this.builder.build(),
      labels: this.builder.labels,
      controls: this.controls,
      probes: this.tried.map(({ step }) => step),
      missed: trace => this.missed(trace),
      look: trace => this.look(trace),
    };
  }

  /** Why nothing can be told of this call. */
  private missed(trace: Trace): string | undefined {
    const results = [this.there, ...this.plain, ...this.tried.map(({ step }) => step)].map(
      step => trace.results[step],
    );
    if (results.some(result => result === undefined || result.status !== 'done'))
      return 'a call with zeros does not return';
    const ends = new Set(this.plain.map(step => errnoName(trace.results[step]!.errno)));
    if (ends.size > 1) return `the same zeros are answered with ${[...ends].join(' and with ')}`;
    const [plain] = ends;
    if (ENVIRONMENTAL.has(plain!)) return `a call with zeros ends with ${plain}, which the machine may cause`;
    // A number without a handler is refused before anything is copied (drm_ioctl.c:862).
    const there = errnoName(trace.results[this.there]!.errno);
    if (plain === 'EINVAL' && there === 'EINVAL')
      return 'every call ends with EINVAL, as when the kernel does not have the number';
    return undefined;
  }

  private look(trace: Trace): string | undefined {
    if (this.missed(trace) !== undefined) return undefined;
    const plain = errnoName(trace.results[this.plain[0]!]!.errno);
    for (const tried of this.tried) {
      const { probe, step } = tried;
      const seen = errnoName(trace.results[step]!.errno);
      const expected = probe.errno ?? plain;
      if (seen !== expected && !(ENVIRONMENTAL.has(seen) && seen !== 'EBUSY'))
        return `step ${step} (${probe.label}): expected ${expected}${probe.errno ? '' : ', as without the change'}, got ${seen}`;
      const wrong = this.changedByte(trace, tried);
      if (wrong !== undefined) return `step ${step} (${probe.label}): ${wrong}`;
    }
    return undefined;
  }

  private changedByte(trace: Trace, { probe, step, buffer }: Tried): string | undefined {
    if (!probe.kept || buffer === undefined) return undefined;
    const { content, known } = contentAfterStep(trace, buffer, step);
    if (!known) return undefined;
    const { from, to, orZero } = probe.kept;
    const sent = probe.fill;
    for (let at = from; at < to; at += 1) {
      const was = sent && at >= sent.from && at < sent.to ? sent.byte : 0;
      if (content[at] === was || (orZero && content[at] === 0)) continue;
      return `byte ${at} was 0x${was.toString(16)} and came back as 0x${content[at]!.toString(16)}`;
    }
    return undefined;
  }
}
