/** The cells of a Parquet file. */
import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { type Cell, type CellTableResult, refusedFile } from './cells';

/** Columns that hold lists or records are left as their JSON text, which is no number. */
export async function readParquet(bytes: Uint8Array, file: string): Promise<CellTableResult> {
  // A view into a larger buffer would be read from the beginning of that.
  const buffer = new Uint8Array(bytes).buffer;
  try {
    const metadata = await parquetMetadataAsync(buffer);
    // pandas keeps the names of rows as a column of its own.
    const names = parquetSchema(metadata)
      .children.map(({ element }) => element.name)
      .filter((name) => !/^__index_level_\d+__$/.test(name));
    const rowCount = Number(metadata.num_rows);
    if (rowCount === 0 || names.length === 0) return refusedFile('The file has no rows.', file);
    const columns = names.map((): Cell[] => new Array<Cell>(rowCount).fill(null));
    await parquetRead({
      file: buffer,
      metadata,
      columns: names,
      compressors,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const column = columns[names.indexOf(columnName)];
        for (let index = 0; column !== undefined && index < columnData.length; index++) {
          column[rowStart + index] = cellOf(columnData[index]);
        }
      },
    });
    return {
      kind: 'cells',
      cells: { names, columns, rowCount, rowName: (row) => ({ name: `row ${row + 1}`, line: null }), headerLine: null },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refusedFile(`The file could not be read as Parquet (${reason}). Write it again, or as CSV.`, file);
  }
}

function cellOf(value: unknown): Cell {
  switch (typeof value) {
    case 'number':
      return value;
    case 'bigint':
      return Number(value);
    case 'boolean':
      return value ? 1 : 0;
    case 'string':
      return value.trim();
    default:
      if (value === null || value === undefined) return null;
      return value instanceof Date ? value.toISOString() : inJson(value);
  }
}

function inJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item));
}
