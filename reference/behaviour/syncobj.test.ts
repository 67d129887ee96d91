/** The calls on sync objects, on a machine whose driver has them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createReference } from '../../reference/link.ts';
import {
  type Buffer,
  catalogue,
  encodeRequest,
  errnoName,
  layoutOf,
  type Step,
  type Value,
  writeScalar,
} from '../../schemas/index.ts';
import { area, at, c, keep, node, slot, step } from '../machine/program.test.helper.ts';

const driver = catalogue().drivers.get('accelref')!;
const [FD, A, B, FILE, COUNTER] = [0, 1, 2, 3, 4] as const;
const HANDLES = 1;
const POINTS = 2;
const ARGUMENTS = 3;
const SECOND = 1_000_000_000n;

type Members = Readonly<Record<string, bigint | Value>>;

/** A program whose first step opens the node. */
class Calls {
  readonly buffers: Buffer[] = [node, area(64), area(64)];
  readonly steps: Step[] = [step('open', [at(0), c(2), c(0)], keep(FD))];

  call(name: string, members: Members, keepField?: { field: string; slot: number }): this {
    const call = driver.calls.get(`DRM_IOCTL_SYNCOBJ_${name}`)!;
    const layout = layoutOf(driver.types, call.argument!, 'x86_64');
    const buffer = this.buffers.length;
    const bytes = new Uint8Array(layout.size);
    const patches = Object.entries(members).flatMap(([path, value]) => {
      const field = layout.fields.find(each => each.path === path)!;
      if (typeof value === 'bigint') {
        writeScalar(bytes, field, value);
        return [];
      }
      return [{ buffer, offset: field.offset, width: field.size as 4, value }];
    });
    this.buffers.push(area(layout.size, bytes));
    const kept = layout.fields.find(each => each.path === keepField?.field);
    const captures = kept
      ? [{ slot: keepField!.slot, from: 'buffer' as const, buffer, offset: kept.offset, width: 4 as const }]
      : [];
    const request = encodeRequest({ ...call.request!, size: layout.size });
    this.steps.push(step('ioctl', [slot(FD), c(request), at(buffer)], { patches, captures }));
    return this;
  }

  create(into: number, flags = 0n): this {
    return this.call('CREATE', { flags }, { field: 'handle', slot: into });
  }

  /** A call on several sync objects, each at its point. */
  several(name: string, entries: readonly (readonly [Value, bigint])[], members: Members = {}): this {
    const timeline = name === 'QUERY' || name.startsWith('TIMELINE');
    const points = new DataView(new ArrayBuffer(8 * entries.length));
    entries.forEach(([, point], index) => {
      points.setBigUint64(8 * index, point, true);
    });
    this.call(name, {
      handles: at(HANDLES),
      count_handles: BigInt(entries.length),
      ...(timeline ? { points: at(POINTS) } : {}),
      ...members,
    });
    const last = this.steps.pop()!;
    const handles = entries.map(([value], index) => ({
      buffer: HANDLES,
      offset: 4 * index,
      width: 4 as const,
      value,
    }));
    this.steps.push({
      ...last,
      fills: [{ buffer: POINTS, offset: 0, bytes: new Uint8Array(points.buffer) }],
      patches: [...(last.patches ?? []), ...handles],
    });
    return this;
  }

  async run() {
    const reference = createReference({ driver, profile: 'virtual' });
    const { results } = await reference.run({ buffers: this.buffers, slots: 8, steps: this.steps });
    const ends = results.map(({ ret, errno, status }) =>
      status === 'done' ? (errno ? errnoName(errno) : String(ret)) : status,
    );
    const numbers = (index: number) => {
      const points = results[index]!.diffs.find(({ buffer }) => buffer === POINTS);
      return points ? points.bytes[0]! : 0;
    };
    const member = (index: number, offset: number) =>
      results[index]!.diffs.find(diff => diff.buffer >= ARGUMENTS && diff.offset === offset)?.bytes[0];
    return { ends: ends.slice(1), numbers, member, results };
  }
}

test('a wait should know what holds no fence, what is pending and what has signalled', async () => {
  const { ends, member, results } = await new Calls()
    .create(A)
    .create(B, 1n)
    .several('WAIT', [])
    .several('WAIT', [[slot(A), 0n]])
    .several('WAIT', [[c(9), 0n]])
    .several('WAIT', [[slot(A), 0n]], { flags: 2n })
    .several(
      'WAIT',
      [
        [slot(A), 0n],
        [slot(B), 0n],
      ],
      { flags: 2n },
    )
    .several(
      'WAIT',
      [
        [slot(A), 0n],
        [slot(B), 0n],
      ],
      { flags: 3n, timeout_nsec: SECOND },
    )
    .several('WAIT', [[slot(B), 0n]], { flags: 4n })
    .run();
  assert.equal(ends, ['0', '0', '0', 'EINVAL', 'ENOENT', 'ETIME', '0', 'ETIME', 'EINVAL']);
  assert.is(member(7, 24), 1, 'the second was the first');
  assert.ok(results[8]!.after >= SECOND);
});

test('points should be signalled, asked for and waited for', async () => {
  const one = (point: bigint) => [[slot(A), point]] as const;
  const { ends, numbers } = await new Calls()
    .create(A)
    .several('QUERY', one(9n))
    .several('TIMELINE_SIGNAL', one(5n))
    .several('QUERY', one(9n))
    .several('TIMELINE_WAIT', one(4n))
    .several('TIMELINE_WAIT', one(6n))
    .several('TIMELINE_WAIT', one(6n), { flags: 4n })
    .several('TIMELINE_SIGNAL', one(3n))
    .several('QUERY', one(9n), { flags: 1n })
    .several('SIGNAL', one(0n))
    .several('QUERY', one(9n))
    .several('RESET', one(0n))
    .several('TIMELINE_WAIT', one(0n))
    .run();
  assert.equal(ends.slice(3), ['0', '0', 'EINVAL', 'ETIME', '0', '0', '0', '0', '0', 'EINVAL']);
  assert.equal([numbers(2), numbers(4), numbers(9), numbers(11)], [0, 5, 5, 0]);
});

test('counts, flags, padding and arrays should be looked at in the order of the kernel', async () => {
  const { ends } = await new Calls()
    .create(A)
    .several('RESET', [])
    .call('RESET', { count_handles: 1n, pad: 1n })
    .call('RESET', { count_handles: 1n })
    .call('TIMELINE_SIGNAL', { flags: 1n })
    .several('TIMELINE_SIGNAL', [[slot(A), 0n]], { points: 0n })
    .several('TIMELINE_SIGNAL', [[c(9), 0n]], { points: 8n })
    .several('QUERY', [[slot(A), 0n]], { points: 0n })
    .call('DESTROY', { handle: slot(A), pad: 1n })
    .call('DESTROY', { handle: slot(A) })
    .call('DESTROY', { handle: slot(A) })
    .run();
  const expected = ['EINVAL', 'EINVAL', 'EFAULT', 'EINVAL', '0', 'ENOENT', 'EFAULT', 'EINVAL', '0', 'EINVAL'];
  assert.equal(ends.slice(1), expected);
});

test('descriptors should carry sync objects and fences', async () => {
  const { ends } = await new Calls()
    .create(A)
    .call('HANDLE_TO_FD', { handle: slot(A), flags: 1n })
    .call('HANDLE_TO_FD', { handle: c(9), flags: 1n })
    .call('HANDLE_TO_FD', { handle: c(9) })
    .call('HANDLE_TO_FD', { handle: slot(A), flags: 2n, point: 1n })
    .call('HANDLE_TO_FD', { handle: slot(A) }, { field: 'fd', slot: FILE })
    .call('FD_TO_HANDLE', { fd: slot(FILE) }, { field: 'handle', slot: B })
    .several('SIGNAL', [[slot(B), 0n]])
    .several('WAIT', [[slot(A), 0n]])
    .call('FD_TO_HANDLE', { fd: slot(FILE), flags: 1n })
    .call('HANDLE_TO_FD', { handle: slot(A), flags: 1n }, { field: 'fd', slot: FILE })
    .create(B)
    .call('FD_TO_HANDLE', { fd: slot(FILE) })
    .call('FD_TO_HANDLE', { fd: slot(FILE), flags: 1n, handle: c(9) })
    .call('FD_TO_HANDLE', { fd: slot(FILE), flags: 3n, handle: slot(B), point: 4n })
    .several('TIMELINE_WAIT', [[slot(B), 4n]])
    .run();
  assert.equal(ends.slice(2, 5), ['ENOENT', 'EINVAL', 'EINVAL']);
  assert.is(ends[1], 'EINVAL', 'it holds no fence');
  assert.equal(ends.slice(5), ['0', '0', '0', '0', 'EINVAL', '0', '0', 'EINVAL', 'ENOENT', '0', '0']);
});

test('a fence should move to another sync object', async () => {
  const from = { src_handle: slot(A), dst_handle: slot(B) };
  const { ends, numbers, results } = await new Calls()
    .create(A)
    .create(B)
    .call('TRANSFER', { ...from, dst_handle: c(9), flags: 4n })
    .call('TRANSFER', { ...from, flags: 4n })
    .call('TRANSFER', from)
    .call('TRANSFER', { ...from, flags: 2n })
    .several('SIGNAL', [[slot(A), 0n]])
    .call('TRANSFER', { ...from, dst_point: 3n })
    .several('QUERY', [[slot(B), 9n]])
    .call('TRANSFER', { ...from, src_point: 1n })
    .run();
  assert.equal(ends.slice(2), ['ENOENT', 'EINVAL', 'EINVAL', 'ETIME', '0', '0', '0', 'EINVAL']);
  assert.is(numbers(9), 3);
  assert.ok(results[6]!.after - results[6]!.before >= 5n * SECOND);
});

test('a counter should hear of a fence, and of a point that comes', async () => {
  const calls = new Calls().create(A);
  const counter = step('eventfd', [c(0), c(0)], keep(COUNTER));
  calls.steps.push(counter);
  const poll = step('poll', [slot(COUNTER), c(1), c(0)]);
  calls
    .call('EVENTFD', { handle: c(9), fd: slot(COUNTER) })
    .call('EVENTFD', { handle: slot(A), fd: c(900) })
    .call('EVENTFD', { handle: slot(A), fd: slot(FD) })
    .call('EVENTFD', { handle: slot(A), fd: slot(COUNTER), point: 2n });
  calls.steps.push(poll);
  calls.several('TIMELINE_SIGNAL', [[slot(A), 1n]]);
  calls.steps.push(poll);
  calls.several('TIMELINE_SIGNAL', [[slot(A), 2n]]);
  calls.steps.push(poll);
  const { ends } = await calls.run();
  assert.equal(ends.slice(2), ['ENOENT', 'EBADF', 'EINVAL', '0', '0', '0', '0', '0', '1']);
});

test.run();
