import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Claim, catalogue, InvalidData } from '../../schemas/index.ts';
import { Selection } from '../run/select.ts';
import { openTarget } from '../targets/open.ts';
import { makeClaim, parseClaim, staleness, verify } from './index.ts';
import { packTape, type TapeEntry, unpackTape } from './tape.ts';

const driver = catalogue().drivers.get('accelref')!;
const SELECT = 'handle.zero,reserved';

async function made(): Promise<Claim> {
  const target = await openTarget('reference:accelref');
  const options = {
    seed: 3,
    runs: 2,
    tier: 'reversible',
    select: new Selection(SELECT),
    requireMust: false,
    version: '0',
    now: () => 0,
  } as const;
  const { claim } = await makeClaim(
    target,
    options,
    SELECT,
    name => catalogue().drivers.get(name),
    () => {},
  );
  return parseClaim('claim.json', JSON.stringify(claim));
}
const claim = await made();
const copy = (): Claim => structuredClone(claim);
/** The claim with another recording, packed as an honest one is. */
const taped = (change: (tape: TapeEntry[]) => TapeEntry[]): Claim => ({
  ...copy(),
  recording: packTape(change(unpackTape('claim.json', claim.recording))),
});
const refusal = async (wrong: Claim) => (await verify('claim.json', wrong, driver)).join('\n');

test('a claim should be judged again from its recording alone', async () => {
  assert.ok(claim.verdicts.length > 20);
  assert.ok(claim.end.steps > 100);
  assert.equal(staleness(claim, driver), []);
  assert.equal(await verify('claim.json', claim, driver), []);
});

test('a verdict, a skip, a count or a name that was written by hand should be told', async () => {
  const verdict = copy();
  verdict.verdicts[0]!.verdict = 'not claimed';
  assert.match(
    await refusal(verdict),
    /the claim's verdicts say not claimed, and its recording gives conforms/,
  );
  const gone = copy();
  gone.verdicts.pop();
  assert.match(await refusal(gone), /the claim's verdicts say nothing/);
  const more = copy();
  more.verdicts.push({ ...more.verdicts[0]!, instance: 'DRM_IOCTL_OTHER' });
  assert.match(await refusal(more), /tell of .*DRM_IOCTL_OTHER, and its recording does not/);
  const twice = copy();
  twice.verdicts.push(twice.verdicts[0]!);
  assert.match(await refusal(twice), /something twice/);
  const counts = copy();
  counts.end.counts.conforms! += 1;
  assert.match(await refusal(counts), /end\.counts\.conforms of the claim is not what its recording gives/);
  const release = copy();
  release.kernel.release = '6.1.0';
  assert.match(await refusal(release), /kernel\.release of the claim/);
});

test('a recording that no such run makes should be told', async () => {
  const others = taped(tape => {
    const runs = tape.flatMap((entry, at) => (entry.did === 'run' ? [at] : []));
    const [last, before] = [runs.at(-1)!, runs.at(-3)!];
    return tape.with(last, tape[before]!).with(before, tape[last]!);
  });
  assert.match(await refusal(others), /is not the program that the kit sends/);
  assert.match(await refusal(taped(tape => tape.slice(0, -4))), /not one of such a run/);
  assert.match(await refusal(taped(tape => [...tape, tape.at(-1)!])), /1 entries more than such a run makes/);
  assert.match(await refusal(taped(tape => tape.slice(1))), /the judge expects a hello/);
});

test('an answer that was changed in the recording should change the verdicts', async () => {
  // Every handle that a closed or never issued number gave as missing is now one that was found.
  const found = taped(tape =>
    tape.map(entry =>
      entry.did === 'run'
        ? {
            ...entry,
            results: entry.results.map(line =>
              line[2] === 2 ? ([line[0], '0', 0, ...line.slice(3)] as unknown as typeof line) : line,
            ),
          }
        : entry,
    ),
  );
  assert.match(await refusal(found), /say conforms|is not what its recording gives|not one of such a run/);
});

test('what cannot be unpacked, or is not what the claim was made with, should be refused', () => {
  const other = { ...claim.recording, sha256: '0'.repeat(64) };
  assert.throws(
    () => unpackTape('claim.json', other),
    (error: Error) => error instanceof InvalidData,
  );
  const broken: Claim['recording'] = { ...claim.recording, data: ['AAAA'] };
  assert.throws(() => unpackTape('claim.json', broken), /cannot be unpacked/);
});

test('a claim of another kit, description or header should be called stale', () => {
  for (const [part, what] of [
    ['kit', /by another kit/],
    ['spec', /against another specification/],
    ['description', /of another description/],
    ['header', /of another header/],
  ] as const) {
    const other = copy();
    other[part].sha256 = '0'.repeat(64);
    const [sentence, ...rest] = staleness(other, driver);
    assert.match(sentence!, what);
    assert.equal(rest, []);
  }
});

test.run();
