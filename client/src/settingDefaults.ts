/** The settings that the client reads, with their defaults; package.json declares the same, which a test checks. */

export const settingDefaults = {
  'preview.steps': 300,
  'preview.batchSize': 32,
  'preview.learningRate': 0.003,
  'preview.seed': 1,
  'trainer.runtime': '',
} as const;
