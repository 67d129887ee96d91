// Light or dark, as the system has it until somebody chooses; the choice is kept. Runs before the page is drawn.
const KEY = 'accel-uapi-scheme';
const page = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');

// A browser may keep nothing at all, and then throws.
function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(scheme) {
  try {
    localStorage.setItem(KEY, scheme);
  } catch {
    // The choice holds for this page alone.
  }
}

const chosen = kept();
if (chosen === 'light' || chosen === 'dark') page.dataset.scheme = chosen;
const isDark = () => (page.dataset.scheme ?? (system.matches ? 'dark' : 'light')) === 'dark';

document.addEventListener('DOMContentLoaded', () => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'scheme';
  button.textContent = 'Dark';
  const tell = () => button.setAttribute('aria-pressed', String(isDark()));
  button.addEventListener('click', () => {
    page.dataset.scheme = isDark() ? 'light' : 'dark';
    keep(page.dataset.scheme);
    tell();
  });
  system.addEventListener('change', tell);
  tell();
  document.querySelector('header').append(button);
});
