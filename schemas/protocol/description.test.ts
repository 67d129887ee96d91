import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { protocol } from '../generated/protocol.ts';
import type { AbiName, Access, Op, StepStatus } from '../program/program.ts';
import { crc32 } from './crc32.ts';
import { enumNames, named, type ProtocolDescription } from './description.ts';
import { cHeader } from './generate.ts';
import { recordLayout } from './layout.ts';
import { protocolPage } from './page.ts';

const names = (name: string) => [...enumNames(protocol, name).toNumber.keys()].sort();
/** The keys of a record that the compiler holds to be all members of a union. */
const union = <T extends string>(all: Record<T, true>) => Object.keys(all).sort();

test('the enums are those of program.ts', () => {
  const status = union<StepStatus>({ done: true, fault: true, deadline: true, unkillable: true, died: true });
  assert.equal(names('proto_status'), status);
  assert.equal(names('proto_access'), union<Access>({ readwrite: true, read: true, none: true, hole: true }));
  const abis = union<AbiName>({ x86_64: true, i386: true, aarch64: true, armhf: true, riscv64: true });
  assert.equal(names('proto_abi'), abis);
  const ops: Record<Op, true> = {
    nop: true,
    open: true,
    close: true,
    dup: true,
    ioctl: true,
    mmap: true,
    munmap: true,
    load: true,
    store: true,
    read: true,
    write: true,
    lseek: true,
    poll: true,
    fcntl: true,
    stat: true,
    mknod: true,
    unlink: true,
    readlink: true,
    readfile: true,
    listdir: true,
    holders: true,
    sleep: true,
    eventfd: true,
    netlink: true,
    membership: true,
    copy: true,
    writefile: true,
    mprotect: true,
    mremap: true,
    madvise: true,
    checksum: true,
    clock: true,
    identity: true,
    fork: true,
    kill: true,
    repeat: true,
    fill: true,
    parallel: true,
    signal: true,
  };
  assert.equal(names('proto_op'), union(ops));
});

test('every op and every frame is described once, and every name that is used exists', () => {
  const described = (list: readonly string[], name: string) =>
    assert.equal(
      [...list].sort(),
      named(protocol.enums, name)
        .members.map(member => member.name)
        .sort(),
    );
  described(
    protocol.ops.map(({ op }) => op),
    'proto_op',
  );
  described(
    protocol.frames.map(({ frame }) => frame),
    'proto_frame',
  );
  for (const { members } of protocol.types)
    for (const { values } of members) if (values) assert.ok(named(protocol.enums, values));
  for (const { payload, parts } of protocol.frames)
    for (const { count, of } of parts) {
      assert.ok(named(named(protocol.types, payload!).members, count));
      if (of !== 'bytes') assert.ok(named(protocol.types, of));
    }
});

test('all members of an enum have their own number', () => {
  for (const { members } of protocol.enums)
    assert.is(new Set(members.map(({ value }) => value)).size, members.length);
});

test('records keep tables aligned to 8', () => {
  for (const { payload, parts } of protocol.frames) {
    if (payload) assert.is(recordLayout(protocol, payload).size % 8, 0, payload);
    for (const { of } of parts) if (of !== 'bytes') assert.is(recordLayout(protocol, of).size % 8, 0, of);
  }
  assert.is(recordLayout(protocol, 'proto_header').size, 16);
});

test('a hole or a width that depends on the ABI is refused', () => {
  const withMembers = (...scalars: string[]): ProtocolDescription => ({
    ...protocol,
    types: [
      {
        name: 'x',
        kind: 'struct',
        summary: 'x',
        members: scalars.map((scalar, index) => ({ name: `m${index}`, type: { scalar }, summary: 'x' })),
      },
    ],
  });
  assert.throws(() => recordLayout(withMembers('__u32', '__u64'), 'x'), /x\.m1 leaves a hole before it/);
  assert.throws(() => recordLayout(withMembers('__u64', '__u32'), 'x'), /x leaves a hole at its end/);
  assert.throws(() => recordLayout(withMembers('unsigned long'), 'x'), /x\.m0 has no fixed width/);
});

test('the checksum of the test vector', () => {
  assert.is(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
  assert.is(crc32(new Uint8Array()), 0);
});

test('the header has every struct with the offset of every member', () => {
  const header = cHeader(protocol);
  for (const { name, members } of protocol.types) {
    assert.match(header, `struct ${name} {`);
    for (const member of members) assert.match(header, `offsetof(struct ${name}, ${member.name}) ==`);
  }
  assert.match(header, '#define PROTO_MAGIC 0x50584189u');
  assert.not.match(header, '{PROTO');
});

test('the page names everything', () => {
  const page = protocolPage(protocol);
  for (const { members } of protocol.types) for (const { name } of members) assert.match(page, `\`${name}\``);
  for (const op of names('proto_op')) assert.match(page, new RegExp(`\\| ${op} +\\|`));
  for (const { title } of protocol.rules) assert.match(page, `### ${title}`);
  for (const { name } of protocol.constants) assert.match(page, `\`${name}\``);
  assert.not.match(page, /undefined|\{PROTO/);
  for (const { name, summary } of protocol.types)
    if (name !== 'proto_header') assert.is(page.split(`\`${name}\`: ${summary}`).length, 2, `${name} once`);
});

test.run();
