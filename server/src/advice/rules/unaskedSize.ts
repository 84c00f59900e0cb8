/** Rule: a comment supplies a size that nothing in the file asks for. */
import type { Rule } from '../rule';

export const unaskedSize: Rule = {
  code: 'unasked-size',
  severity: 'hint',
  frameworks: ['keras', 'torch', 'flax', 'tfjs'],
  documentation: {
    title: 'a comment names a size that is not open',
    whatItDoes: 'Looks for `# unroll: name=256` where no size of the file that the source leaves open has that name.',
    whyIsThisBad:
      'The comment has no effect: the name is misspelt, or the source determines the size by now. The model goes on with a ' +
      'symbol where a number was meant.',
    example: '```python\n# unroll: hiden_size=256\nself.lstm = nn.LSTM(64, hidden_size)\n```',
    useInstead: '```python\n# unroll: hidden_size=256\nself.lstm = nn.LSTM(64, hidden_size)\n```',
    fixSafety: 'Safe: it changes a comment.',
    references: [],
  },
  check: ({ unaskedSizes, models }) =>
    models.length === 0
      ? []
      : unaskedSizes.map(({ name, location, nearest }) => ({
          location,
          message: `No size named ${name} is open here${nearest === null ? '.' : `; did you mean ${nearest}?`}`,
          fix:
            nearest === null
              ? null
              : { title: `Name it ${nearest}`, edits: [{ from: location.from, to: location.to, insert: nearest }] },
        })),
};
