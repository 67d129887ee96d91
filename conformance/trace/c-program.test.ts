import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, type Op, type Program, protocol, type Step } from '../../schemas/index.ts';
import { helperText } from './c-helpers.ts';
import { opText } from './c-ops.ts';
import { cProgram } from './c-program.ts';
import { type TraceFile, writeProgram } from './trace-file.ts';

const driver = catalogue().drivers.get('ethosu')!;
const number = (value: bigint) => ({ kind: 'const', value }) as const;

const OPS: readonly Op[] = protocol.ops.map(({ op }) => op.replace(/^PROTO_OP_/, '').toLowerCase() as Op);

function text(steps: readonly Step[], labels: readonly string[], more: Partial<TraceFile> = {}): string {
  const program: Program = { buffers: [], slots: 1, steps };
  const file: TraceFile = {
    trace: 1,
    kit: '0',
    target: {
      name: 'reference:ethosu',
      release: '7.3.4',
      driver: 'ethosu',
      abi: 'x86_64',
      node: '/dev/accel/accel0',
      minor: 0,
      params: {},
    },
    finding: {
      clause: 'handle.zero',
      instance: 'DRM_IOCTL_GEM_CLOSE.handle',
      case: 'handle/zero',
      step: 0,
      kind: 'outcome',
      expected: 'EINVAL',
      observed: 'success',
    },
    program: writeProgram(program, labels),
    ...more,
  };
  return cProgram(file, program, labels, driver);
}

const step = (op: Op, args: Step['args'] = []): Step => ({ op, args, deadline: 1000 });
const head = (made: string) => made.slice(0, made.indexOf('\n */'));

test('every op has a form in C, or the first comment says that it has none', () => {
  const arguments_ = [1n, 1n, 1n, 1n, 1n, 1n].map(number);
  const without = OPS.filter(op => {
    const made = text([step(op, arguments_.slice(0, 3))], ['a step']);
    const said = head(made).includes(`step 0 (${op}: a step) has no form in C and is left out.`);
    const { text: form } = opText(driver, [step(op, arguments_.slice(0, 3))], 0);
    assert.is(form === '(struct outcome){ 0 }', said || op === 'nop', op);
    return said;
  });
  assert.equal(without, ['listdir', 'holders', 'parallel', 'signal']);
});

test('a request has the name of its macro beside its number', () => {
  const call = driver.calls.get('DRM_IOCTL_GEM_CLOSE')!;
  const made = text([step('ioctl', [number(3n), number(0x40086409n), number(0n)])], ['close']);
  assert.ok(made.includes(`0x40086409ull /* ${call.name} */`));
  const other = text([step('ioctl', [number(3n), number(0x4008dead_beefn), number(0n)])], ['odd']);
  assert.not.match(other, /0x4008deadbeefull \/\*/);
});

test('the head tells what was found, how to compile it and what the exit status says', () => {
  const made = head(text([step('nop')], ['nothing']));
  for (const part of [
    'handle.zero @ DRM_IOCTL_GEM_CLOSE.handle',
    'found on ethosu, Linux 7.3.4, x86_64',
    'step 0: expected EINVAL, seen success',
    'cc -o replay replay.c',
    'Exit status: 0 every step ran, 2 the node cannot be opened, 3 there is no place for the buffers.',
  ])
    assert.ok(made.includes(part), part);
  assert.not.match(made, 'end its jobs');
  assert.match(
    head(text([step('nop')], ['nothing'], { device: 'late' })),
    'The device has to end its jobs so: late',
  );
});

test('no label can end a comment or a string', () => {
  const label = '*/ /* "quoted" \\ %s ??/ \n é';
  const made = text([step('holders')], [label]);
  assert.is(made.split('*/').length, made.split('/*').length);
  assert.ok(made.includes('"*/ /* \\"quoted\\" \\\\ %s \\?\\?/ \\? \\?"'));
});

test('a repeat of what cannot be repeated is refused as the executor refuses it', () => {
  const repeat = (first: bigint, count: bigint) => step('repeat', [number(first), number(count), number(2n)]);
  const form = (...steps: Step[]) => opText(driver, steps, steps.length - 1).text;
  assert.is(form(step('nop'), repeat(0n, 1n)), 'repeat(0, 1, 2)');
  for (const wrong of [repeat(0n, 0n), repeat(0n, 2n), repeat(1n, 1n), repeat(5n, 1n)])
    assert.is(form(step('nop'), wrong), 'fail(EINVAL)');
  assert.is(form(step('nop'), repeat(0n, 1n), repeat(1n, 1n)), 'fail(EINVAL)');
});

test('a function brings what it needs, once and before it', () => {
  const made = helperText(['end_child', 'make_child', 'memory_load']);
  const at = ['static struct outcome fail(', 'static pid_t children', 'make_child(void)', 'end_child('].map(
    part => {
      assert.is(made.split(part).length, 2, part);
      return made.indexOf(part);
    },
  );
  assert.equal(
    at,
    [...at].sort((a, b) => a - b),
  );
  assert.not.match(made, 'memory_store');
  assert.is(helperText([]), '');
});

test.run();
