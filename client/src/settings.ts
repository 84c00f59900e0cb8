/** The settings that the client itself reads; the server asks for its own. */
import * as vscode from 'vscode';
import type { TrainingBudget } from '../../protocol/trainer';
import { settingDefaults } from './settingDefaults';

export interface PreviewSettings {
  readonly budget: TrainingBudget;
  readonly seed: number;
  /** Null leaves it to the trainer. */
  readonly threads: number | null;
  /** Path of the Node that runs the trainer. */
  readonly runtime: string;
}

/** The settings in force for a document, or for the window. */
export function readPreviewSettings(resource: vscode.Uri | undefined): PreviewSettings {
  const configuration = vscode.workspace.getConfiguration('unroll', resource);
  const number = (
    name: 'preview.steps' | 'preview.batchSize' | 'preview.learningRate' | 'preview.seed' | 'training.threads',
  ): number => configuration.get<number>(name, settingDefaults[name]);
  return {
    budget: {
      steps: number('preview.steps'),
      batchSize: number('preview.batchSize'),
      learningRate: number('preview.learningRate'),
    },
    seed: number('preview.seed'),
    threads: number('training.threads') || null,
    // The extension host's own program is a Node, or an Electron that can be one.
    runtime: configuration.get<string>('trainer.runtime', settingDefaults['trainer.runtime']) || process.execPath,
  };
}
