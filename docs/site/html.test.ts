import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { code, html, slug, table } from './html.ts';
import { rootOf, whole } from './page.ts';

test('values should be escaped, and HTML should not be escaped again', () => {
  assert.is(
    html`<p title="${'"x"'}">${'a < b & c'} ${code('<i>')}</p>`.text,
    '<p title="&quot;x&quot;">a &lt; b &amp; c <code>&lt;i&gt;</code></p>',
  );
  assert.is(html`${[1, undefined, [html`<b></b>`, 'x']]}`.text, '1<b></b>x');
});

test('a table should lie in a box that the keyboard reaches, under its name', () => {
  const { text } = table('Things', ['a'], [['1'], [html`<b>2</b>`]]);
  assert.match(text, /<div class="wide" role="region" aria-label="Things" tabindex="0"><table>/);
  assert.match(text, /<th scope="col">a<\/th>/);
  assert.match(text, /<td>1<\/td>[\s\S]*<td><b>2<\/b><\/td>/);
});

test('names should become anchors that can be typed', () => {
  assert.is(slug('DRM_IOCTL_X.data[].value'), 'drm_ioctl_x.data-.value');
  assert.is(slug('Errors, and more'), 'errors-and-more');
});

test('links should be relative to the page, so that the site can lie anywhere', () => {
  assert.is(rootOf(''), './');
  const body = html`<a href="/spec/">s</a>`;
  const text = whole({ path: 'clauses/x', title: 'x', section: 'Clauses', body }, '1.2.3');
  assert.match(text, /version 1\.2\.3\. <a href="\.\.\/\.\.\/versions\/">/);
  assert.match(text, /<a href="\.\.\/\.\.\/spec\/">s<\/a>/);
  assert.match(text, /href="\.\.\/\.\.\/style\.css"/);
  assert.match(text, /<a href="\.\.\/\.\.\/clauses\/" aria-current="true">/);
});

test.run();
