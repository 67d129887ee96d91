/** The file of questions and answers: made when it is not there, completed when an answer leads to more questions. */
import { existsSync, readFileSync } from 'node:fs';
import { Document, isMap, isSeq, parseDocument } from 'yaml';
import {
  type Answer,
  type Answers,
  type AskedOf,
  type AskedQuestion,
  checked,
  isErrno,
  questionsOf,
  refuse,
  type Told,
  toldBy,
  validate,
} from '../../schemas/index.ts';
import { readSource } from '../run/read-source.ts';
import { UsageError } from '../run/usage-error.ts';
import type { NewFile } from './write-together.ts';

export interface ReadAnswers {
  readonly told: Told;
  /** The file with the questions that it lacked; absent when it has all. */
  readonly file?: NewFile;
  /** How many were added. */
  readonly added: number;
}

const HEAD = (driver: string) =>
  ` Questions about ${driver} that its header leaves open. Write "answer: yes" where the guess is right, else the right\n answer; what has none stays open. Run extract with the same --answers again: it makes the descriptions, and asks what\n follows from the answers.`;

export function readAnswers(path: string, asked: AskedOf): ReadAnswers {
  if (!existsSync(path)) {
    const questions = questionsOf(asked, () => undefined);
    const { driver, facts } = asked;
    const document = new Document({ answers: 1, header: facts.header, driver, questions: [] });
    document.commentBefore = HEAD(driver);
    return {
      told: () => undefined,
      file: { path, text: completed(document, questions) },
      added: questions.length,
    };
  }
  const answers = checked(readSource(path), data => {
    const read = validate<Answers>('answers', path, data);
    check(path, read, asked);
    return read;
  });
  const told = toldBy(answers.questions);
  const known = new Set(answers.questions.map(({ id }) => id));
  const lacking = questionsOf(asked, told).filter(({ id }) => !known.has(id));
  if (lacking.length === 0) return { told, added: 0 };
  // What the user wrote stays as it is, with every comment.
  const document = parseDocument(readFileSync(path, 'utf8'));
  return { told, file: { path, text: completed(document, lacking) }, added: lacking.length };
}

function completed(
  document: Pick<Document, 'get' | 'createNode' | 'toString'>,
  questions: readonly AskedQuestion[],
): string {
  const list = document.get('questions');
  if (!isSeq(list)) throw new UsageError('the answers have no list of questions');
  list.flow = false;
  for (const question of questions) {
    const node = document.createNode({ ...question, answer: null });
    if (isMap(node)) for (const { value } of node.items) if (isSeq(value)) value.flow = true;
    list.add(node);
  }
  // An answer is written behind its colon.
  return document.toString({ lineWidth: 0, nullStr: '' });
}

/** What the meta-schema cannot say: every answer names what there is. */
function check(path: string, { header, driver, questions }: Answers, asked: AskedOf): void {
  if (header !== asked.facts.header)
    refuse(
      path,
      ['header'],
      `the answers are about ${header}; expected ${asked.facts.header}, or another file`,
    );
  if (driver !== asked.driver)
    refuse(path, ['driver'], `the answers are about the driver ${driver}; expected ${asked.driver}`);
  const seen = new Set<string>();
  const members = new Set(questionsOf(asked, toldBy(questions)).map(({ id }) => id));
  for (const [index, { id, answer, one_of, guess }] of questions.entries()) {
    if (seen.has(id)) refuse(path, ['questions', index, 'id'], `${id} is asked twice; keep one of them`);
    seen.add(id);
    if (answer === undefined || answer === null || answer === '') continue;
    if (typeof answer === 'number' && id === 'driver.since')
      refuse(path, ['questions', index, 'answer'], `${id}: write the release in quotes, or 7.10 becomes 7.1`);
    const plain = typeof answer === 'number' ? String(answer) : answer;
    const said = plain === 'yes' || plain === true ? guess : plain;
    const wrong = wrongAnswer(id, said, one_of, asked, members);
    if (wrong !== undefined) refuse(path, ['questions', index, 'answer'], `${id}: ${wrong}`);
  }
}

function wrongAnswer(
  id: string,
  said: Answer,
  oneOf: readonly string[] | undefined,
  { types }: AskedOf,
  members: ReadonlySet<string>,
): string | undefined {
  const what = id.slice(id.lastIndexOf('.') + 1);
  if (said === '' && what !== 'length') return 'nothing is guessed, so yes is no answer; write one';
  const text = said === false ? 'no' : String(said);
  if (oneOf && !oneOf.includes(text)) return `${text} is none of ${oneOf.join(', ')}`;
  if (what === 'errno' && text !== 'none' && !isErrno(text))
    return `${text} is no errno; expected one such as EINVAL, or none`;
  if (what === 'values') {
    if (typeof said === 'string')
      return types.enums.has(said)
        ? undefined
        : `the header has no enum ${said}; name one, or constants as a list`;
    const missing = Array.isArray(said) ? said.find(name => !types.constants.has(name)) : undefined;
    return missing === undefined ? undefined : `the header has no constant ${missing}`;
  }
  if (what === 'valid') {
    const wrong = [said].flat().find(each => !/^(\d+|0x[0-9a-f]+)$/i.test(String(each)));
    return wrong === undefined ? undefined : `${wrong} is no number; expected a list such as ["4096"]`;
  }
  if (what === 'target' && !['u32', 'u64', 'bytes', 'text'].includes(text) && !types.composites.has(text))
    return `the header has no struct ${text}; name one, or u32, u64, bytes or text`;
  if (what === 'maps') {
    const call = id.slice(0, id.indexOf('.'));
    const known = text === 'none' || members.has(`${call}.${text}.role`);
    return known ? undefined : `${text} is no member of the argument; name the handle, or none`;
  }
  if (what === 'length') {
    const call = id.slice(0, id.indexOf('.'));
    const known = /^[1-9]\d*$/.test(text) || members.has(`${call}.${text}.role`);
    return known ? undefined : `${JSON.stringify(text)} is no member of the argument and no number of bytes`;
  }
  return undefined;
}
