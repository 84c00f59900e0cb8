/** Fills a webview panel with one of the bundled pages. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { pageHtml } from '../../webview/page';

/** The page's name is that of its bundle in `dist/webview`. */
export function fillWebview(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  page: string,
  title: string,
  { startsTrainers = false } = {},
): void {
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  const resource = (file: string): string => resourceAddress(webview, extensionUri, file);
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  webview.html = pageHtml({
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    scriptUri: resource(`${page}.js`),
    styleUris: [resource(`${page}.css`)],
    codiconsUri: resource('codicon.css'),
    title,
    startsTrainers,
  });
}

/** Where a page finds a file of `dist/webview`. */
export function resourceAddress(webview: vscode.Webview, extensionUri: vscode.Uri, file: string): string {
  return webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', file)).toString();
}
