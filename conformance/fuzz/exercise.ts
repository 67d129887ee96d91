/** Uses a catalogue as the kit does, so that what was let through at load shows here when it is wrong. */
import {
  type CallDescription,
  type Catalogue,
  type Condition,
  type DriverDescription,
  type Environment,
  factToBigint,
  holds,
  layoutOf,
  printCondition,
  printOutput,
  requestNumber,
  walk,
} from '../../schemas/index.ts';

/** Names are looked up as the reference does; numbers of the caller and of the device are all the same one. */
function environment(driver: DriverDescription, number: bigint): Environment {
  const { types } = driver;
  return {
    field: () => number,
    constant: name => types.constantValue(name),
    param: () => number,
    text: () => 'text',
    property: () => number,
    sizeof: type => BigInt(layoutOf(types, type, 'x86_64').size),
    handle: () => false,
    minor: () => false,
    call: () => false,
    index: () => number,
    now: () => number,
    argument: () => number,
    number: () => number,
    model: () => true,
    forbidden: () => false,
    unplugged: () => false,
    descriptor: () => false,
    absent: () => false,
    same: () => false,
    attachedTwice: () => false,
    predicate: () => ({ unread: false }),
    bytes: () => undefined,
    readable: () => true,
    writable: () => true,
    values: set =>
      (set.constants ?? types.enums.get(set.enum!)!.members.map(({ name }) => name)).map(name =>
        types.constantValue(name),
      ),
  };
}

const NUMBERS = [0n, 1n, (1n << 64n) - 1n];

function conditionsOf(call: CallDescription): Condition[] {
  return walk(call.semantics.body).flatMap(rule =>
    'check' in rule ? [rule.when] : 'select' in rule ? rule.select.map(branch => branch.when) : [],
  );
}

function exerciseCall(driver: DriverDescription, call: CallDescription): void {
  for (const condition of conditionsOf(call)) {
    printCondition(condition);
    for (const number of NUMBERS) holds(condition, environment(driver, number));
  }
  for (const rule of walk(call.semantics.body)) if ('set' in rule) printOutput(rule.to);
  if (call.request) requestNumber(call.request, driver.types, 'i386');
  for (const { valid } of Object.values(call.semantics.fields))
    for (const value of valid ?? []) if (!Array.isArray(value)) factToBigint(value);
}

/** Everything of the driver that the file belongs to; only the file's own call when it describes one. */
export function exercise(loaded: Catalogue, path: string): void {
  for (const driver of [loaded.core, ...loaded.drivers.values()]) {
    const calls = [...driver.calls.values(), ...driver.files.values(), ...driver.primary.values()];
    const own = calls.filter(call => call.path === path);
    for (const call of own.length > 0 ? own : calls) exerciseCall(driver, call);
  }
}
