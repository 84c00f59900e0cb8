/** Where the trainer may load TensorFlow.js for Node from: code of others, which it then runs. */
import type { PreviewSettings } from '../settings';

/** The editor's workspace, as far as it matters here. */
export interface OpenWorkspace {
  readonly isTrusted: boolean;
  /** Absolute paths. */
  readonly folders: readonly string[];
}

/**
 * The folder that is set, which no workspace can do; else those of a workspace that the user trusts, where it is the user who asks for
 * this backend by its name: a workspace that could ask for it would have its own code run when it is opened.
 */
export function tensorFlowFoldersOf(
  { tensorFlowFolder, backendOfUser }: Pick<PreviewSettings, 'tensorFlowFolder' | 'backendOfUser'>,
  { isTrusted, folders }: OpenWorkspace,
): readonly string[] {
  if (tensorFlowFolder !== '') return [tensorFlowFolder];
  return backendOfUser === 'tfjs-node-gpu' && isTrusted ? folders : [];
}
