/** Every item of a header, and whether a comment says what it is. */
import { type Facts, readComments } from '../../schemas/index.ts';

export interface Item {
  readonly kind: 'type' | 'member' | 'enum' | 'constant' | 'ioctl';
  /** A member with its type, `drm_x_info.id`. */
  readonly name: string;
  readonly line: number;
  readonly documented: boolean;
}

interface Comment {
  readonly text: string;
  readonly first: number;
  readonly last: number;
  /** Code stands before it on its first line. */
  readonly trails: boolean;
}

/** What tells nothing of the item after it: a licence, or a line that only guards against a second inclusion. */
const NOTHING = /SPDX-License-Identifier|^\s*[-=_*/\s]*$/;

function commentsOf(text: string): Comment[] {
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length;
  return [...text.matchAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g)]
    .filter(({ 0: own }) => !NOTHING.test(own.replace(/^\/[/*]+|\*\/$/g, '')))
    .map(({ 0: own, index }) => ({
      text: own,
      first: lineAt(index),
      last: lineAt(index + own.length),
      trails: text.slice(text.lastIndexOf('\n', index) + 1, index).trim() !== '',
    }));
}

/** The places of a header where something is said, by line and by name. */
class Said {
  private readonly lines: readonly string[];
  private readonly above = new Set<number>();
  private readonly trailing = new Set<number>();
  private readonly named = new Set<string>();
  private readonly members: ReadonlySet<string>;

  constructor(text: string) {
    this.lines = text.split('\n');
    for (const comment of commentsOf(text)) {
      if (comment.trails) this.trailing.add(comment.first);
      else this.above.add(comment.last);
      // kernel-doc: `@name: ...`, `%NAME: ...` or `NAME: ...` for a part, `name - ...` or `struct name - ...` for the whole.
      for (const { 1: name } of comment.text.matchAll(/[\n*]\s*[@%]?(\w+)\s*:\s*\S/g)) this.named.add(name!);
      for (const { 1: name } of comment.text.matchAll(
        /[\n*]\s*(?:(?:struct|union|enum)\s+)?(\w+)(?:\(\))?\s+-\s+\S/g,
      ))
        this.named.add(name!);
    }
    this.members = new Set(
      readComments(text)
        .members.filter(one => one.text !== '')
        .map(one => `${one.struct}.${one.member}`),
    );
  }

  /** A comment that ends right above the line, or stands on the item's own lines. */
  near(line: number): boolean {
    if (this.trailing.has(line)) return true;
    // A macro goes on where its line ends with a backslash.
    for (let at = line; (this.lines[at - 1] ?? '').trimEnd().endsWith('\\'); at += 1)
      if (this.trailing.has(at + 1)) return true;
    return this.above.has(line - 1);
  }

  name(name: string): boolean {
    return this.named.has(name);
  }

  member(type: string, member: string): boolean {
    return this.members.has(`${type}.${member}`);
  }
}

/** @param text of the header that the facts are of */
export function itemsOf(facts: Facts, text: string): Item[] {
  const said = new Said(text);
  const items: Item[] = [];
  const types = new Set<string>();
  for (const { name, line, members } of facts.types) {
    const documented = said.near(line) || said.name(name);
    if (documented) types.add(name);
    items.push({ kind: 'type', name, line, documented });
    for (const member of members) {
      if (!member.name) continue;
      const told = said.member(name, member.name) || said.near(member.line);
      items.push({ kind: 'member', name: `${name}.${member.name}`, line: member.line, documented: told });
    }
  }
  for (const { name, line, members } of facts.enums) {
    if (name !== null)
      items.push({ kind: 'enum', name, line, documented: said.near(line) || said.name(name) });
    for (const member of members)
      items.push({
        kind: 'constant',
        name: member.name,
        line: member.line,
        documented: said.near(member.line) || said.name(member.name),
      });
  }
  for (const { name, line } of facts.constants)
    items.push({ kind: 'constant', name, line, documented: said.near(line) || said.name(name) });
  // Of a request its struct may tell, which is there for it, and of its number the request.
  const numbers = new Set<string>();
  for (const { name, line, argument } of facts.ioctls) {
    const told = argument && 'named' in argument && types.has(argument.named);
    const documented = said.near(line) || said.name(name) || told === true;
    if (documented) numbers.add(name.replace('DRM_IOCTL_', 'DRM_'));
    items.push({ kind: 'ioctl', name, line, documented });
  }
  return items
    .map(item => (numbers.has(item.name) ? { ...item, documented: true } : item))
    .sort((a, b) => a.line - b.line);
}
