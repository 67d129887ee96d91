/** What a driver's author asks, the words to search for, and the page that answers: the check in a browser tries each. */

export interface Question {
  readonly question: string;
  readonly words: string;
  /** Below the site. */
  readonly answer: string;
}

export const QUESTIONS: readonly Question[] = [
  {
    question: 'What errno for an unknown handle?',
    words: 'unknown handle',
    answer: 'clauses/handle.never-issued/',
  },
  {
    question: 'Which clock has a timeout, and what do 0 and a negative one mean?',
    words: 'timeout clock',
    answer: 'spec/time/',
  },
  {
    question: 'May the control node show the memory of each process?',
    words: 'control node client memory',
    answer: 'spec/control/',
  },
  { question: 'How do I extend a struct?', words: 'extend a struct', answer: 'clauses/extension.argument/' },
  {
    question: 'What does a waiter see when its job was killed?',
    words: 'job killed waiter',
    answer: 'spec/time/',
  },
  {
    question: 'Who may open the node, and how often?',
    words: 'open exclusive EBUSY',
    answer: 'spec/open-close/',
  },
  {
    question: 'What becomes of mappings when the device goes?',
    words: 'mapping after unplug',
    answer: 'spec/unplug/',
  },
  { question: 'What must fdinfo hold?', words: 'fdinfo keys', answer: 'clauses/fdinfo.driver-keys/' },
  { question: 'How are 32-bit programs served?', words: '32-bit program', answer: 'spec/compat/' },
  {
    question: 'What has a new driver to bring?',
    words: 'new driver must bring',
    answer: 'spec/new-driver/',
  },
  {
    question: 'Two things are wrong: which errno comes?',
    words: 'precedence of errors',
    answer: 'spec/errors/',
  },
  {
    question: 'What happens to others when one job hangs?',
    words: 'device hang reset',
    answer: 'spec/reset/',
  },
];
