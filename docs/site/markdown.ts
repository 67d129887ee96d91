/** Markdown of the chapters and pages: code in colours, and clauses and silences as links. */
import MarkdownItEngine, { type MarkdownIt } from 'markdown-it';
import anchor from 'markdown-it-anchor';
import { createHighlighter, type Highlighter } from 'shiki';
import { isClauseId, silences } from '../../spec/index.ts';
import { escapeText, Html, slug } from './html.ts';

const LANGUAGES = ['c', 'yaml', 'json', 'bash', 'typescript'];
const REFERENCE = /\[([a-z]+\.[a-z0-9-]+)\](?!\()/g;

const silent = new Set(silences.map(({ id }) => id));

/** Where a clause or a silence stands. */
export function addressOf(id: string): string | undefined {
  if (isClauseId(id)) return `/clauses/${id}/`;
  return silent.has(id) ? `/silences/#${id}` : undefined;
}

export class Markdown {
  private readonly engine: MarkdownIt;

  private constructor(highlighter: Highlighter) {
    this.engine = new MarkdownItEngine({
      linkify: false,
      highlight: (text, language) => {
        if (!LANGUAGES.includes(language)) return '';
        const themes = { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' };
        return highlighter.codeToHtml(text, { lang: language, themes, defaultColor: false });
      },
    });
    this.engine.use(anchor, { slugify: slug });
    const { rules } = this.engine.renderer;
    const plain = rules.fence!;
    // What scrolls has to be reached by the keyboard.
    rules.fence = (...args) => plain(...args).replace(/<pre(?![^>]*tabindex)/, '<pre tabindex="0"');
    let tables = 0;
    rules.table_open = () => {
      tables += 1;
      return `<div class="wide" role="region" aria-label="Table ${tables}" tabindex="0"><table class="said">\n`;
    };
    rules.table_close = () => '</table></div>\n';
    rules.text = (tokens, at) =>
      escapeText(tokens[at]!.content).replace(REFERENCE, (whole, id: string) => {
        const to = addressOf(id);
        return to === undefined ? whole : `<a class="id" href="${to}">${id}</a>`;
      });
  }

  static async make(): Promise<Markdown> {
    const themes = ['github-light-high-contrast', 'github-dark-high-contrast'];
    return new Markdown(await createHighlighter({ themes, langs: LANGUAGES }));
  }

  render(text: string): Html {
    // A corner of a table is no heading.
    return new Html(this.engine.render(text).replaceAll('<th></th>', '<td></td>'));
  }

  code(text: string, language: string): Html {
    return this.render(`\`\`\`${language}\n${text.replace(/\n$/, '')}\n\`\`\``);
  }
}
