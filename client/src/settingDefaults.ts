/** The settings that the client reads, with their defaults; package.json declares the same, which a test checks. */

import { defaultBudget, defaultSeed } from '../../protocol/trainingDefaults';

export const settingDefaults = {
  'preview.steps': defaultBudget.steps,
  'preview.batchSize': defaultBudget.batchSize,
  'preview.learningRate': defaultBudget.learningRate,
  'preview.seed': defaultSeed,
  'preview.backend': 'auto',
  /** 0: as many as the trainer sees fit. */
  'training.threads': 0,
  'trainer.runtime': '',
  'trainer.tensorflowFolder': '',
} as const;
