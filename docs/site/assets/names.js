// Finds names exactly, then by their beginning, then anywhere in them (names.json); and prose, by Pagefind.
const MOST_NAMES = 30;
const MOST_PAGES = 10;
const WAIT_MS = 150;
const root = new URL('..', location.href);
const input = document.getElementById('q');
const found = document.getElementById('found');
const pages = document.getElementById('pages');
const told = document.getElementById('told');
let names;
let pagefind;
let last = 0;

function rank(name, text) {
  if (name === text) return 0;
  const [here, wanted] = [name.toLowerCase(), text.toLowerCase()];
  if (here === wanted) return 1;
  if (here.startsWith(wanted)) return 2;
  return here.includes(wanted) ? 3 : -1;
}

function item(to, name, rest) {
  const line = document.createElement('li');
  const link = document.createElement('a');
  link.href = to;
  link.textContent = name;
  line.append(link, ` ${rest}`);
  return line;
}

// Each name begins with the letters of the one before, so many as its first digit says (site/names.ts).
function unpack(text) {
  let before = '';
  return text.split('|').map(one => {
    const [rest, anchor] = one.slice(1).split('#');
    before = before.slice(0, parseInt(one[0], 36)) + rest;
    return { name: before, anchor: anchor ?? before };
  });
}

async function loadNames() {
  const pages = await (await fetch(new URL('names.json', root))).json();
  return pages.flatMap(([page, kinds]) =>
    kinds.flatMap(([what, text]) =>
      unpack(text).map(({ name, anchor }) => ({
        name,
        what,
        to: anchor === '' ? page : `${page}#${anchor}`,
      })),
    ),
  );
}

async function namesOf(text) {
  names ??= await loadNames();
  return names
    .map(one => ({ ...one, at: rank(one.name, text) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
}

async function pagesOf(text) {
  if (!pagefind) {
    pagefind = await import(new URL('pagefind/pagefind.js', root));
    // A worker would load a second copy of it.
    await pagefind.options({ noWorker: true });
  }
  const { results } = await pagefind.search(text);
  return Promise.all(results.slice(0, MOST_PAGES).map(result => result.data()));
}

async function find() {
  const text = input.value.trim();
  last += 1;
  const own = last;
  if (text === '') {
    found.replaceChildren();
    pages.replaceChildren();
    told.textContent = '';
    return;
  }
  const [hits, prose] = await Promise.all([namesOf(text), pagesOf(text)]);
  // A later letter has asked again.
  if (own !== last) return;
  found.replaceChildren(
    ...hits.slice(0, MOST_NAMES).map(({ name, what, to }) => item(new URL(`.${to}`, root), name, what)),
  );
  pages.replaceChildren(
    ...prose.map(({ url, meta, plain_excerpt: excerpt }) => item(url, meta.title ?? url, excerpt)),
  );
  const count = hits.length === 1 ? '1 name' : `${hits.length} names`;
  const more = hits.length > MOST_NAMES ? `, the first ${MOST_NAMES} are shown` : '';
  told.textContent = `${count}${more}; ${prose.length === 0 ? 'no page' : `${prose.length} pages`}`;
}

let timer;
input.value = new URLSearchParams(location.search).get('q') ?? '';
input.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(find, WAIT_MS);
});
find();
