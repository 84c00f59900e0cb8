/** The settings that the client itself reads; the server asks for its own. */
import * as vscode from 'vscode';
import type { TrainingBudget } from '../../protocol/trainer';

export interface PreviewSettings {
  readonly budget: TrainingBudget;
  readonly seed: number;
  /** Path of the Node that runs the trainer. */
  readonly runtime: string;
}

/** The settings in force for a document. Defaults are those of package.json. */
export function readPreviewSettings(resource: vscode.Uri): PreviewSettings {
  const configuration = vscode.workspace.getConfiguration('unroll', resource);
  return {
    budget: {
      steps: configuration.get('preview.steps', 300),
      batchSize: configuration.get('preview.batchSize', 32),
      learningRate: configuration.get('preview.learningRate', 0.003),
    },
    seed: configuration.get('preview.seed', 1),
    // The extension host's own program is a Node, or an Electron that can be one.
    runtime: configuration.get('trainer.runtime', '') || process.execPath,
  };
}
