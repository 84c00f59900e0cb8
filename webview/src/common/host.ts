/** The page's line to the extension: messages out and in, and the little state that survives the page itself. */

interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** Provided by the editor inside every webview; may be called once per page. */
declare function acquireVsCodeApi(): EditorApi;

export interface Host<Outgoing, State> {
  readonly post: (message: Outgoing) => void;
  /** What `save` kept when this page was last shown; undefined for a new page or a state of another version. */
  readonly restore: () => State | undefined;
  readonly save: (state: State) => void;
}

/**
 * Connects to the extension. `stateVersion` goes up whenever the type of the kept state changes, so that a page never
 * reads what another version of itself has written. Messages have the type that `protocol/panel.ts` gives them: both
 * ends are built together, and no one else can post to a webview.
 */
export function connectToHost<Incoming, Outgoing, State>(
  stateVersion: number,
  receive: (message: Incoming) => void,
): Host<Outgoing, State> {
  const editor = acquireVsCodeApi();
  window.addEventListener('message', (event: MessageEvent<Incoming>) => receive(event.data));
  return {
    post: (message) => editor.postMessage(message),
    restore: () => {
      const kept = editor.getState() as { readonly version: number; readonly state: State } | undefined;
      return kept?.version === stateVersion ? kept.state : undefined;
    },
    save: (state) => editor.setState({ version: stateVersion, state }),
  };
}
