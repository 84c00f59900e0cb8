/** Sizes that a Node program reads from its command line are the defaults that it gives them, else symbols of their names. */
import { expect, test } from 'vitest';
import { formatAmount } from '../../model/costs/amount';
import { modelCosts } from '../../model/costs/model';
import { analyseFile } from '../../server/src/analysis';

const programs: Readonly<Record<string, readonly [reading: string, units: string, parameters: string]>> = {
  'a default of minimist': [
    "const argv = require('minimist')(process.argv.slice(2), { default: { units: 4 } });",
    'argv.units',
    '128',
  ],
  'an option of minimist without a default': [
    "import minimist from 'minimist';\nconst argv = minimist(process.argv.slice(2));",
    'argv.units',
    '4·units² + 16·units',
  ],
  'an option of minimist with a default beside it': [
    "const argv = require('minimist')(process.argv.slice(2));",
    'argv.units || 4',
    '4·(argv.units || 4)² + 16·(argv.units || 4)',
  ],
  'a chain of yargs': [
    "import yargs from 'yargs';\nimport { hideBin } from 'yargs/helpers';\nconst argv = yargs(hideBin(process.argv)).usage('…').option('lstm-units', { type: 'number', default: 4 }).strict().parseSync();",
    'argv.lstmUnits',
    '128',
  ],
  'options of yargs together': [
    "const { argv } = require('yargs/yargs')(process.argv.slice(2)).options({ units: { default: 2 }, depth: { default: 2 } });",
    'argv.units * argv.depth',
    '128',
  ],
  'yargs itself': [
    "const yargs = require('yargs');\nyargs.default('units', 4);\nconst argv = yargs.argv;",
    'argv.units',
    '128',
  ],
  'a program of commander': [
    "const { program } = require('commander');\nprogram.version('1').option('-u, --hidden-units <n>', 'width', parseInt, 4);\nprogram.parse(process.argv);\nconst options = program.opts();",
    'options.hiddenUnits',
    '128',
  ],
  'a command of commander': [
    "import { Command } from 'commander';\nconst options = new Command().option('--units <n>', 'width', '4').parse().opts();",
    'Number(options.units)',
    '128',
  ],
  'an option of commander that must be given': [
    "import { Command } from 'commander';\nconst options = new Command().requiredOption('--units <n>', 'width').parse().opts();",
    'Number(options.units)',
    '4·units² + 16·units',
  ],
  'argparse of npm': [
    "const { ArgumentParser } = require('argparse');\nconst parser = new ArgumentParser({ description: '…' });\nparser.addArgument(['-u', '--lstmUnits'], { type: 'int', defaultValue: '4' });\nconst args = parser.parseArgs();",
    'args.lstmUnits',
    '128',
  ],
  'argparse of npm as Python writes it': [
    "const { ArgumentParser } = require('argparse');\nconst parser = new ArgumentParser();\nparser.add_argument('--lstm-units', { type: 'int', default: 4 });\nconst args = parser.parse_args();",
    'args.lstm_units',
    '128',
  ],
  'parseArgs of Node': [
    "import { parseArgs } from 'node:util';\nconst { values } = parseArgs({ options: { units: { type: 'string', default: '4' } } });",
    'parseInt(values.units, 10)',
    '128',
  ],
};

test.each(Object.entries(programs))('%s', (_, [reading, units, parameters]) => {
  const source = `import * as tf from '@tensorflow/tfjs-node';\n${reading}\nconst model = tf.sequential({ layers: [tf.layers.lstm({ units: ${units}, inputShape: [5, 3] })] });\n`;
  const { models } = analyseFile('train.js', source);
  expect(models.map((model) => formatAmount(modelCosts(model).parameters))).toEqual([parameters]);
});
