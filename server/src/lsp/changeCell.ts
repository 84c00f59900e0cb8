/** unroll/changeCell: the edits that change a model's recurrent layers, for the client to apply as one. */

import type { Cell } from '../../../model/graph';
import type { ChangeCellParams, ChangeCellResult } from '../../../protocol/languageServer';
import type { Variant } from '../../../protocol/trainer';
import { changeCellChecked } from '../rewrite/architecture/change';
import { modelAt } from './modelAt';
import { editsByDocument } from './ranges';
import type { ServerContext } from './server';

export async function changeCellAnswer(
  { documents, analyses }: ServerContext,
  params: ChangeCellParams,
): Promise<ChangeCellResult> {
  const document = documents.get(params.uri);
  const analysis = document === undefined ? null : await analyses.of(document);
  const graph = document && analysis ? modelAt(document, analysis.models, params.line, params.model) : undefined;
  if (document === undefined || analysis === null || graph === undefined) {
    return { kind: 'refused', message: 'There is no recurrent model in this file any more.' };
  }
  if (!isCell(params.cell)) {
    return {
      kind: 'refused',
      message: `Changing a model to ${params.cell} takes more than another cell; write it by hand.`,
    };
  }
  const rewrite = changeCellChecked(analysis, graph, params.cell, null, await analyses.withEdits(document));
  if (rewrite.kind === 'refused') return rewrite;
  return { kind: 'edits', rewrites: editsByDocument(documents, document, rewrite.edits) };
}

function isCell(variant: Variant): variant is Cell {
  return variant === 'rnn' || variant === 'gru' || variant === 'lstm';
}
