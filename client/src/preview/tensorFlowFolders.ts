/** Where the trainer may load TensorFlow.js for Node from: code of others, which it then runs. */
import type { PreviewSettings } from '../settings';

/** The editor's workspace, as far as it matters here. */
export interface OpenWorkspace {
  readonly isTrusted: boolean;
  /** Absolute paths. */
  readonly folders: readonly string[];
}

/**
 * The folder that is set, which no workspace can do; else those of a workspace that the user trusts, where this backend is asked for
 * by its name.
 */
export function tensorFlowFoldersOf(
  { tensorFlowFolder, backend }: Pick<PreviewSettings, 'tensorFlowFolder' | 'backend'>,
  { isTrusted, folders }: OpenWorkspace,
): readonly string[] {
  if (tensorFlowFolder !== '') return [tensorFlowFolder];
  return backend === 'tfjs-node-gpu' && isTrusted ? folders : [];
}
