// Finds names exactly, then by their beginning, then anywhere in them; the list comes from names.json.
const MOST = 50;
const input = document.getElementById('q');
const list = document.getElementById('found');
const told = document.getElementById('told');
let names;

function rank(name, text) {
  if (name === text) return 0;
  if (name.startsWith(text)) return 1;
  return name.includes(text) ? 2 : -1;
}

async function find() {
  names ??= await (await fetch('../names.json')).json();
  const text = input.value.trim().toLowerCase();
  const hits = names
    .map(([name, what, to]) => ({ name, what, to, at: text === '' ? -1 : rank(name.toLowerCase(), text) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at || a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
  list.replaceChildren(
    ...hits.slice(0, MOST).map(({ name, what, to }) => {
      const item = document.createElement('li');
      const link = document.createElement('a');
      link.href = `..${to}`;
      link.textContent = name;
      item.append(link, ` ${what}`);
      return item;
    }),
  );
  told.textContent =
    text === '' ? '' : `${hits.length} names${hits.length > MOST ? `, the first ${MOST} are shown` : ''}`;
}

input.value = new URLSearchParams(location.search).get('q') ?? '';
input.addEventListener('input', find);
if (input.value !== '') find();
