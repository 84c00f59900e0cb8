/** The trainer processes of this window: one on the runtime that is set or the editor's own, one on a Node that reaches a GPU. */
import * as vscode from 'vscode';
import { readPreviewSettings } from '../settings';
import { findRealNode, type RealNode } from './realNode';
import { tensorFlowFoldersOf } from './tensorFlowFolders';
import { processTrainerHost } from './trainerProcess';
import type { ProcessPrograms } from './trainingDevices';

/** What it gives follows the settings in force when it is called. */
export function trainerPrograms(script: string): () => ProcessPrograms {
  // Programs are asked what they are once: the one on the path does not change while a window is open.
  const foundNodes = new Map<string, Promise<RealNode>>();
  return () => {
    const settings = readPreviewSettings(undefined);
    const { runtime: configured } = settings;
    const { isTrusted, workspaceFolders = [] } = vscode.workspace;
    const folders = workspaceFolders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
    const tensorFlowFolders = tensorFlowFoldersOf(settings, { isTrusted, folders });
    const ordinary = processTrainerHost({ runtime: configured || process.execPath, script, tensorFlowFolders });
    return {
      ordinary,
      withGpu: async () => {
        const found = foundNodes.get(configured) ?? findRealNode(configured);
        foundNodes.set(configured, found);
        const node = await found;
        if (node.kind !== 'node') return { node, host: ordinary };
        return { node, host: processTrainerHost({ runtime: node.path, script, tensorFlowFolders }) };
      },
    };
  };
}
