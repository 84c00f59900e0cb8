/** The trainer processes of this window: one on the runtime that is set or the editor's own, one on a Node that reaches a GPU. */
import { readPreviewSettings } from '../settings';
import { findRealNode, type RealNode } from './realNode';
import { processTrainerHost } from './trainerProcess';
import type { ProcessPrograms } from './trainingDevices';

/** What it gives follows the settings in force when it is called. */
export function trainerPrograms(script: string): () => ProcessPrograms {
  // Programs are asked what they are once: the one on the path does not change while a window is open.
  const foundNodes = new Map<string, Promise<RealNode>>();
  return () => {
    const { runtime: configured } = readPreviewSettings(undefined);
    const ordinary = processTrainerHost({ runtime: configured || process.execPath, script });
    return {
      ordinary,
      withGpu: async () => {
        const found = foundNodes.get(configured) ?? findRealNode(configured);
        foundNodes.set(configured, found);
        const node = await found;
        return { node, host: node.kind === 'node' ? processTrainerHost({ runtime: node.path, script }) : ordinary };
      },
    };
  };
}
