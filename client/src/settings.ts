/** The settings that the client itself reads; the server asks for its own. */
import * as vscode from 'vscode';
import type { TrainingBudget } from '../../protocol/trainer';
import type { BackendSetting } from './preview/devices';
import { settingDefaults } from './settingDefaults';

export interface PreviewSettings {
  readonly budget: TrainingBudget;
  readonly seed: number;
  readonly backend: BackendSetting;
  /** What of it the user has set, and no workspace can; undefined where that is nothing. */
  readonly backendOfUser: BackendSetting | undefined;
  /** Null leaves it to the trainer. */
  readonly threads: number | null;
  /** Path of the Node that runs the trainer; empty where none is set. */
  readonly runtime: string;
  /** Folder that TensorFlow.js for Node is installed in; empty where none is set. */
  readonly tensorFlowFolder: string;
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
    backend: configuration.get<BackendSetting>('preview.backend', settingDefaults['preview.backend']),
    backendOfUser: configuration.inspect<BackendSetting>('preview.backend')?.globalValue,
    threads: number('training.threads') || null,
    runtime: configuration.get<string>('trainer.runtime', settingDefaults['trainer.runtime']),
    tensorFlowFolder: configuration.get<string>(
      'trainer.tensorflowFolder',
      settingDefaults['trainer.tensorflowFolder'],
    ),
  };
}
