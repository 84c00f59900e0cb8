/** The page's HTML: the policy it sets, and that nothing given to it can break out of its place. */
import { expect, test } from 'vitest';
import { pageHtml } from './page';

const resources = {
  cspSource: 'https://*.vscode-cdn.net',
  nonce: 'aB3',
  scriptUri: 'https://file.vscode-cdn.net/dist/webview/preview.js',
  styleUris: ['https://file.vscode-cdn.net/dist/webview/preview.css'],
  codiconsUri: 'https://file.vscode-cdn.net/dist/webview/codicon.css',
  title: 'Compare by training',
  startsTrainers: false,
};

function policyOf(html: string): readonly string[] | undefined {
  return /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]?.split('; ');
}

test('the policy allows the page its own files and the one script with the nonce, and nothing inline', () => {
  const html = pageHtml(resources);
  expect(policyOf(html)).toEqual([
    `default-src 'none'`,
    `script-src 'nonce-aB3'`,
    'style-src https://*.vscode-cdn.net',
    'font-src https://*.vscode-cdn.net',
    'img-src https://*.vscode-cdn.net data:',
  ]);
  expect(html.match(/<script /g)).toHaveLength(1);
  expect(html).toContain('nonce="aB3" src="https://file.vscode-cdn.net/dist/webview/preview.js"');
  expect(html).not.toMatch(/\sstyle=|<style|\son[a-z]+=/);
});

test('a page that trains may also fetch files of the extension, start workers from blobs and compile WebAssembly', () => {
  const usual = policyOf(pageHtml(resources)) ?? [];
  const further = policyOf(pageHtml({ ...resources, startsTrainers: true }))?.filter((rule) => !usual.includes(rule));
  expect(further).toEqual([
    `script-src 'nonce-aB3' 'wasm-unsafe-eval'`,
    'worker-src blob:',
    'connect-src https://*.vscode-cdn.net',
  ]);
});

test('a title with markup stays text', () => {
  const html = pageHtml({ ...resources, title: '"><script>alert(1)</script>&' });
  expect(html).toContain('<title>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;</title>');
  expect(html.match(/<script /g)).toHaveLength(1);
});
