/** The comments of a header, as kernel-doc writes them: what is said about which member of which struct. */

export interface MemberComment {
  readonly struct: string;
  /** The name behind the `@`. */
  readonly member: string;
  readonly text: string;
  readonly line: number;
}

export interface StructComment {
  /** The tag that the comment names. */
  readonly title: string;
  /** The tag of the struct that follows. */
  readonly struct: string;
  readonly line: number;
}

/** An `@name` in the running text of a comment. */
export interface Mention {
  readonly struct: string;
  readonly name: string;
  readonly line: number;
}

export interface Comments {
  readonly members: readonly MemberComment[];
  readonly structs: readonly StructComment[];
  readonly mentions: readonly Mention[];
}

interface Comment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The parts of a comment that each belong to one `@name:`; what stands before the first one is left out. */
function* parts(
  { text, start }: Comment,
  lineOf: (offset: number) => number,
): Generator<Omit<MemberComment, 'struct'>> {
  const marks = [...text.matchAll(/(?:^|\n)[ \t*/]*@([A-Za-z_][\w.]*) *:/g)];
  for (const [index, mark] of marks.entries()) {
    const from = mark.index + mark[0].length;
    const own = text.slice(from, marks[index + 1]?.index ?? text.length);
    const words = own.replaceAll(/\n[ \t]*\*?/g, ' ').replaceAll(/\s+/g, ' ');
    yield { member: mark[1]!, text: words.trim(), line: lineOf(start + from - 1) };
  }
}

/** Finds kernel-doc comments before and inside structs; braces tell where a struct ends. */
export function readComments(text: string): Comments {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineOf = (offset: number) => starts.findLastIndex(start => start <= offset) + 1;
  const comments: Comment[] = [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].map(({ 0: own, index }) => ({
    text: own.slice(0, -2),
    start: index,
    end: index + own.length,
  }));
  // Blanked comments leave every offset as it was.
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, own => own.replaceAll(/[^\n]/g, ' '));
  const members: MemberComment[] = [];
  const structs: StructComment[] = [];
  const mentions: Mention[] = [];
  for (const match of code.matchAll(/\b(?:struct|union)\s+([A-Za-z_]\w*)\s*\{/g)) {
    let end = match.index + match[0].length;
    for (let depth = 1; depth > 0 && end < code.length; end++) {
      if (code[end] === '{') depth += 1;
      else if (code[end] === '}') depth -= 1;
    }
    const struct = match[1]!;
    const before = comments.find(
      comment => comment.end <= match.index && code.slice(comment.end, match.index).trim() === '',
    );
    const title = before && /\*\s*(?:struct|union)\s+([A-Za-z_]\w*)/.exec(before.text)?.[1];
    if (before && title) structs.push({ title, struct, line: lineOf(before.start) });
    const inside = comments.filter(({ start }) => start > match.index && start < end);
    for (const comment of [...(before ? [before] : []), ...inside]) {
      for (const part of parts(comment, lineOf)) members.push({ struct, ...part });
      for (const { 1: name, index } of comment.text.matchAll(/(?<![\w.])@([A-Za-z_]\w*)(?![\w.]*\s*:)/g))
        mentions.push({ struct, name: name!, line: lineOf(comment.start + index) });
    }
  }
  return { members, structs, mentions };
}
