/** A file of data as what it holds: cells, arrays or text, told by its ending. */
import type { Obstacle } from '../../../protocol/trainer';
import { type CellTable, type CellTableResult, refusedFile } from './cells';
import { readCsv } from './csv';
import { readJsonLines } from './jsonLines';
import { type NumberArray, readNumpy } from './numpy';

export type FileContent =
  | { readonly kind: 'cells'; readonly cells: CellTable }
  | { readonly kind: 'arrays'; readonly arrays: readonly NumberArray[] }
  | { readonly kind: 'obstacles'; readonly obstacles: readonly Obstacle[] };

export async function readDataFile(bytes: Uint8Array, file: string): Promise<FileContent> {
  const [, ending = ''] = /\.([^./\\]+)$/.exec(file) ?? [];
  switch (ending.toLowerCase()) {
    case 'npy':
    case 'npz':
      return readNumpy(bytes, file);
    case 'parquet':
      // Loaded when it is needed: it is larger than the rest of the trainer.
      return (await import('./parquet')).readParquet(bytes, file);
    case 'jsonl':
    case 'ndjson':
      return fromText(bytes, file, readJsonLines);
    default:
      return fromText(bytes, file, readCsv);
  }
}

function fromText(
  bytes: Uint8Array,
  file: string,
  read: (text: string, file: string) => CellTableResult,
): CellTableResult {
  const text = decodedText(bytes, file);
  return text.kind === 'text' ? read(text.text, file) : text;
}

/** UTF-8 as text, or the obstacle that it is none. */
export function decodedText(
  bytes: Uint8Array,
  file: string,
): { readonly kind: 'text'; readonly text: string } | Extract<CellTableResult, { kind: 'obstacles' }> {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return refusedFile('The file is not UTF-8 text. Save it as UTF-8, or choose another one.', file);
  }
}
