/** What the engine's tests use of Node, in a worker of a browser: files, which come from the server of the page, and paths. */

export function readFileSync(path: string, encoding?: 'utf8'): string | Uint8Array {
  const request = new XMLHttpRequest();
  request.open('GET', path, false);
  request.responseType = 'arraybuffer';
  request.send();
  if (request.status !== 200) throw new Error(`ENOENT: ${request.status} for ${path}`);
  const bytes = new Uint8Array(request.response);
  return encoding === undefined ? bytes : new TextDecoder().decode(bytes);
}

export async function readFile(path: string, encoding?: 'utf8'): Promise<string | Uint8Array> {
  return readFileSync(path, encoding);
}

/** The server answers with the names in a folder where the path ends in a slash. */
export function readdirSync(path: string): string[] {
  return JSON.parse(String(readFileSync(`${path}/`, 'utf8')));
}

export function join(...parts: readonly string[]): string {
  return new URL(parts.join('/').replaceAll(/\/+/g, '/'), 'file:///').pathname;
}

/** Browsers compile as they do. */
export function setFlagsFromString(): void {}
