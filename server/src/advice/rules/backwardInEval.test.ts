/** The rule fires where evaluation mode reaches a backward pass, and its fix goes back to training mode in every round. */
import { describe, it } from 'vitest';
import { checksOf } from '../testing/checkFindings';
import { torchModule } from '../testing/torchModule';

const code = 'backward-in-eval';
const { checkFindings, checkFix, checkNoFix } = checksOf(code);

const program = (...lines: readonly string[]): string =>
  `${torchModule(['self.rnn = nn.GRU(8, 16)'], ['return self.rnn(x)[0]'])}\nmodel = Net().cuda()\n${lines.join('\n')}\n`;

const round = ['for epoch in range(9):', '    for x, y in batches:', '        loss = criterion(model(x), y)'];
const backward = '        loss.backward()';
const mark = `#       ^^^^^^^^^^^^^^^ ${code}`;
const evaluation = ['    model.eval()', '    validate(model)'];

describe('fires', () => {
  it('in the next round of a loop', () =>
    checkFindings(program('model.train()', ...round, backward, mark, ...evaluation)));

  it('one after the other', () => {
    const lines = ['def explain(x):', '    model.eval()', '    score = model(x).sum()', '    score.backward()'];
    checkFindings(program(...lines, `#   ^^^^^^^^^^^^^^^^ ${code}`));
  });
});

describe('does not fire', () => {
  it.each([
    ['where every round trains', [round[0] ?? '', '    model.train()', ...round.slice(1), backward, ...evaluation]],
    ['after the last round', [...round, backward, 'model.eval()', 'validate(model)']],
    ['where the loop ends', [...round, backward, '    if done:', '        model.eval()', '        break']],
    ['without cuDNN', ['torch.backends.cudnn.enabled = False', ...round, backward, ...evaluation]],
    ['on another model', ['teacher = nn.Linear(2, 2)', ...round, backward, '    teacher.eval()']],
    ['in another function', ['def evaluate():', '    model.eval()', ...round, backward]],
  ])('%s', (_, lines) => checkFindings(program(...lines)));
});

it('fixes the loop, and leaves a deliberate eval()', () => {
  checkFix(
    program('model.train()', ...round, backward, ...evaluation),
    program('model.train()', round[0] ?? '', '    model.train()', ...round.slice(1), backward, ...evaluation),
  );
  checkNoFix(program('model.eval()', 'score = model(x).sum()', 'score.backward()'));
});
