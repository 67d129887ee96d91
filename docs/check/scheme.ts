/** The button for light and dark: it turns the page, the choice is kept, and without scripts the system alone decides. */
import type { Browser, Page as Tab } from 'playwright-core';
import { withTab } from './tab.ts';
import { check } from './tally.ts';

const PAPER = 'getComputedStyle(document.body).backgroundColor';
const LIGHT = 'rgb(255, 255, 255)';
const DARK = 'rgb(13, 17, 23)';

async function expectPaper(tab: Tab, name: string, wanted: string): Promise<void> {
  const got = await tab.evaluate<string>(PAPER);
  check(name, got === wanted ? undefined : `the paper is ${got}, not ${wanted}`);
}

export async function scheme(browser: Browser, origin: string): Promise<void> {
  for (const [own, first, turned] of [
    ['light', LIGHT, DARK],
    ['dark', DARK, LIGHT],
  ] as const) {
    await withTab(browser, origin, { width: 360, scheme: own }, async (tab, messages) => {
      await tab.goto(`${origin}/spec/errors/`, { waitUntil: 'load' });
      await expectPaper(tab, `${own}, nothing chosen`, first);
      await tab.locator('button.scheme').focus();
      await tab.keyboard.press('Enter');
      await expectPaper(tab, `${own}, turned`, turned);
      const pressed = await tab.getAttribute('button.scheme', 'aria-pressed');
      check(
        `${own}, what the button says`,
        pressed === String(turned === DARK) ? undefined : `aria-pressed is ${pressed}`,
      );
      await tab.goto(`${origin}/drivers/`, { waitUntil: 'load' });
      await expectPaper(tab, `${own}, another page after the choice`, turned);
      await tab.emulateMedia({ media: 'print' });
      await expectPaper(tab, `${own}, on paper`, LIGHT);
      check(`${own}, the button, messages`, messages.length === 0 ? undefined : messages.join('; '));
    });
    await withTab(browser, origin, { width: 360, scheme: own, script: false }, async tab => {
      await tab.goto(`${origin}/spec/errors/`, { waitUntil: 'load' });
      await expectPaper(tab, `${own}, without scripts`, first);
      const buttons = await tab.locator('button.scheme').count();
      check(
        `${own}, without scripts, the button`,
        buttons === 0 ? undefined : 'is there, and can do nothing',
      );
    });
  }
}
