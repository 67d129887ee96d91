/** A tab of its own for a check, and what goes wrong in it. */
import type { Browser, Page as Tab } from 'playwright-core';

const HEIGHT = 900;

/** @param use gets the tab, and a list that fills with what the page complains of */
export async function withTab<T>(
  browser: Browser,
  origin: string,
  how: { width: number; scheme: 'light' | 'dark'; script?: boolean },
  use: (tab: Tab, messages: string[]) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({
    viewport: { width: how.width, height: HEIGHT },
    colorScheme: how.scheme,
    javaScriptEnabled: how.script !== false,
  });
  const tab = await context.newPage();
  const messages: string[] = [];
  tab.on('console', message => messages.push(`the console says ${message.text()}`));
  tab.on('pageerror', error => messages.push(`a script failed: ${error.message}`));
  tab.on('request', request => {
    const own = [origin, `blob:${origin}`, 'data:'].some(start => request.url().startsWith(start));
    if (!own) messages.push(`it asks for ${request.url()}`);
  });
  tab.on('response', response => {
    if (response.status() >= 400) messages.push(`${response.url()} ends with ${response.status()}`);
  });
  try {
    return await use(tab, messages);
  } finally {
    await context.close();
  }
}
