import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue } from '../../catalogue/catalogue.ts';
import { layoutOf } from '../../layout/index.ts';
import { predicates } from '../index.ts';
import { STRUCT_BYTES } from './build.ts';
import { TRANSACTION, TransactionBuilder } from './index.ts';

const predicate = predicates.get('qaic_transactions')!;
const none = () => 0n;
const decided = (bytes: Uint8Array) => predicate.decide(bytes, none);
const broken = (list: TransactionBuilder) => decided(list.bytes()).broken;
const list = () => new TransactionBuilder();
const properties = (transactions: TransactionBuilder) =>
  Object.fromEntries(decided(transactions.bytes()).properties);

test('types should be those of the header', () => {
  const { constants } = catalogue().drivers.get('qaic')!.facts;
  const value = (name: string) => Number(constants.find(each => each.name === `QAIC_TRANS_${name}`)!.value);
  assert.equal(TRANSACTION, {
    passthrough: value('PASSTHROUGH_FROM_USR'),
    transfer: value('DMA_XFER_FROM_USR'),
    activate: value('ACTIVATE_FROM_USR'),
    deactivate: value('DEACTIVATE_FROM_USR'),
    status: value('STATUS_FROM_USR'),
  });
});

test('every rule should have witnesses that break it and no other, beside controls that keep all', () => {
  for (const { name } of predicate.rules) {
    const witnesses = predicate.witnesses(name, none);
    assert.ok(witnesses.length > 0, name);
    for (const { title, bytes, control } of witnesses) {
      assert.is(decided(bytes).broken, name, `${name}: ${title}`);
      assert.is(decided(control).broken, undefined, `${name}: control of ${title}`);
    }
  }
  assert.throws(
    () => predicate.witnesses('no-rule', none),
    /has no rule no-rule; expected one of header-cut,/,
  );
});

test('a good list should keep every rule and be a single transaction', () => {
  const { broken: rule, properties: found } = decided(predicate.good(none, () => 0));
  assert.is(rule, undefined);
  assert.is(found.get('transactions'), 1n);
});

test('the properties should count what the list does', () => {
  assert.equal(
    properties(
      list()
        .status()
        .activate(4)
        .deactivate(3)
        .deactivate(2)
        .transfer(1, 4096n, 8n)
        .passthrough(new Uint8Array(8)),
    ),
    { transactions: 6n, short: 0n, transfers: 1n, activations: 1n, deactivations: 2n, highest_channel: 3n },
  );
  assert.equal([...decided(list().status().bytes()).properties.keys()], [...predicate.properties]);
  assert.is(decided(new Uint8Array(4)).properties.size, 0);
});

test('a transaction shorter than its structure should be told, and be read on into what follows', () => {
  const short = (type: number) => list().status({ type });
  assert.is(broken(short(TRANSACTION.activate)), 'activate-queue-empty');
  assert.is(broken(short(TRANSACTION.transfer)), 'transfer-empty');
  assert.equal(properties(short(TRANSACTION.deactivate))['short'], 1n);
  // The number of elements is the type of the next transaction, and its padding the last word of that.
  assert.equal(properties(short(TRANSACTION.activate).passthrough(new Uint8Array(8)))['short'], 1n);
  const padded = short(TRANSACTION.activate).passthrough(Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0));
  assert.is(broken(padded), 'activate-pad');
});

test('where a transaction ends the next should begin, in lists of any length', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 64 }), kinds => {
      const made = list();
      for (const kind of kinds) {
        if (kind === 0) made.status();
        else if (kind === 1) made.passthrough(new Uint8Array(16));
        else if (kind === 2) made.activate(7);
        else if (kind === 3) made.deactivate(1);
        else made.transfer(2, 1n, 1n);
      }
      const bytes = made.bytes();
      const { broken: rule, properties: found, consumed } = decided(bytes);
      assert.is(rule, undefined);
      assert.is(consumed, bytes.length);
      assert.is(found.get('transactions'), BigInt(kinds.length));
      assert.is(decided(bytes.subarray(0, bytes.length - 1)).broken === undefined, false);
    }),
    { numRuns: 300, seed: 100 },
  );
});

test('structures should be as long as the header lays them out', () => {
  const { types } = catalogue().drivers.get('qaic')!;
  const size = (name: string) => layoutOf(types, `qaic_manage_trans_${name}`, 'x86_64').size;
  assert.equal(STRUCT_BYTES, {
    passthrough: size('passthrough'),
    transfer: size('dma_xfer'),
    activate: size('activate_to_dev'),
    deactivate: size('deactivate'),
    status: size('status_to_dev'),
  });
});

test.run();
