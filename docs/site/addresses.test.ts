import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { catalogue, checks } from '../../schemas/index.ts';
import { clauses } from '../../spec/index.ts';
import { addressesOf, addressText, readAddresses, unrecorded, vanished, withMoved } from './addresses.ts';
import { html } from './html.ts';
import { allNames } from './names.ts';
import type { Page } from './page.ts';
import { driverPages } from './pages/drivers.ts';
import { checkAnchor, fieldAnchor, ioctlAddress } from './places.ts';

const page = (path: string, ...ids: string[]): Page => ({
  path,
  title: path,
  section: '',
  body: html`${ids.map(id => html`<p id="${id}"></p>`)}`,
});
const kept = addressesOf([page('', 'find'), page('clauses/a.b'), page('drivers/x', 'X_ONE', 'X_TWO')]);

test('the list should keep pages and anchors, but no headings of prose', () => {
  const text = addressText(kept, new Map());
  assert.is(text, '/\n/clauses/a.b/\n/drivers/x/ X_ONE X_TWO\n');
  assert.equal(readAddresses(text), kept);
  assert.is(
    addressText(kept, addressesOf([page('drivers/x', 'X_ADD')])).split('\n')[2],
    '/drivers/x/ X_ADD X_ONE X_TWO',
  );
});

test('an address that vanished should be told, and a new one counted', () => {
  const now = addressesOf([page(''), page('drivers/x', 'X_ONE', 'X_NEW')]);
  assert.equal(
    vanished(kept, now).map(line => line.split(' ')[0]),
    ['/clauses/a.b/', '/drivers/x/#X_TWO'],
  );
  assert.is(unrecorded(kept, now), 1);
  assert.equal(vanished(kept, kept), []);
});

test('an address that moved should leave word where it was', () => {
  const pages = withMoved(
    [page(''), page('clauses/c.d'), page('drivers/x', 'X_ONE')],
    [
      { from: '/clauses/a.b/', to: '/clauses/c.d/', why: 'it has another name.' },
      { from: '/drivers/x/#X_TWO', why: 'the header lost it.' },
    ],
  );
  assert.equal(vanished(kept, addressesOf(pages)), []);
  assert.match(pages.find(({ path }) => path === 'clauses/a.b')!.body.text, /href="\/clauses\/c\.d\/"/);
  assert.match(pages.find(({ path }) => path === 'drivers/x')!.body.text, /id="X_TWO"><code>#X_TWO/);
});

const { core, drivers } = catalogue();
const all = [core, ...drivers.values()];
const described = addressesOf(driverPages(all));

test('every ioctl should have an address that does not depend on how far it is described, every field and check one too', () => {
  for (const driver of all)
    for (const { name } of driver.facts.ioctls) {
      const call = driver.calls.get(name);
      if (driver.name === 'drm' && !call) continue;
      const anchors = described.get(ioctlAddress(driver.name, name).slice(1));
      assert.ok(anchors, name);
      for (const { check } of call ? checks(call.semantics.body) : [])
        assert.ok(anchors.has(checkAnchor(check)), `${name}.${check}`);
      for (const field of Object.keys(call?.semantics.fields ?? {}))
        assert.ok(anchors.has(fieldAnchor(field)), `${name}.${field}`);
    }
});

test('every name of the index should lead to a page and an anchor that are there', () => {
  const elsewhere = /^\/(?:clauses|silences|names|netlink)\//;
  const clausePages = new Set<string>(clauses.map(({ id }) => `/clauses/${id}/`));
  for (const { name, to } of allNames(all)) {
    if (to.startsWith('/clauses/')) assert.ok(clausePages.has(to), name);
    if (elsewhere.test(to)) continue;
    const [path, anchor] = to.slice(1).split('#') as [string, string?];
    assert.ok(described.has(path), `${name}: ${to}`);
    if (anchor !== undefined) assert.ok(described.get(path)!.has(anchor), `${name}: ${to}`);
  }
});

test.run();
