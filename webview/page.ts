/** The HTML of a webview page: a strict Content-Security-Policy, its style sheets, and one script that draws the rest. */

export interface PageResources {
  /** The origin that the editor serves a webview's own files from (`webview.cspSource`). */
  readonly cspSource: string;
  /** Random per page, so that no other script than the page's own can run. */
  readonly nonce: string;
  readonly scriptUri: string;
  readonly styleUris: readonly string[];
  /** `codicon.css`; its font lies beside it. */
  readonly codiconsUri: string;
  readonly title: string;
  /** Whether the page trains: in a worker made of a bundle that it fetches. */
  readonly startsTrainers: boolean;
}

/**
 * Nothing inline is allowed: styles come from files, or from scripts through the CSS object model, which the policy does
 * not restrict. A page that trains may fetch the extension's own files and start a worker from a blob, because an editor's
 * webview refuses workers from any address; the worker inherits this policy, which lets it compile WebAssembly.
 */
export function pageHtml(page: PageResources): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${page.nonce}'${page.startsTrainers ? ` 'wasm-unsafe-eval'` : ''}`,
    ...(page.startsTrainers ? ['worker-src blob:', `connect-src ${page.cspSource}`] : []),
    `style-src ${page.cspSource}`,
    `font-src ${page.cspSource}`,
    `img-src ${page.cspSource} data:`,
  ].join('; ');
  const styles = page.styleUris.map((uri) => `<link rel="stylesheet" href="${escapeHtml(uri)}">`).join('\n    ');
  // `vscode-icon` finds the style sheet of its glyphs by this id, because a shadow tree needs a link of its own.
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escapeHtml(page.title)}</title>
    <link rel="stylesheet" href="${escapeHtml(page.codiconsUri)}" id="vscode-codicon-stylesheet">
    ${styles}
  </head>
  <body>
    <div id="page"></div>
    <script type="module" nonce="${escapeHtml(page.nonce)}" src="${escapeHtml(page.scriptUri)}"></script>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
