/** Gives the recurrent layers of a model other widths, where the numbers stand in the source. */

import { equals, integerOf } from '../../../../model/expression';
import type { Layer } from '../../../../model/graph';
import { argumentsOf } from '../arguments';
import type { TextEdit } from '../edits';
import { callAt, textOf } from '../nodes';
import { type Draft, refuseAt } from './draft';
import { applicationsOf, madeLayers } from './layers';
import { settingTo } from './settings';
import { initialState, madeStates } from './torchDirections';

/**
 * @param wanted the layers as they are to be, in the order of the model's
 * @param name of the constructor's argument
 * @param position of the argument where it has no name
 */
export function changeWidths(
  draft: Draft,
  wanted: readonly Layer[],
  name: string,
  position: number,
): readonly TextEdit[] {
  const { analysis } = draft;
  const { text, tree } = analysis;
  return madeLayers(draft).flatMap(({ layer, core }): readonly TextEdit[] => {
    const operation = wanted[draft.graph.layers.indexOf(layer)]?.operation;
    const [old, size] = [layer.operation.hiddenSize, operation?.op === 'recurrent' ? operation.hiddenSize : undefined];
    const width = size?.kind === 'known' ? integerOf(size.value) : undefined;
    const refuse = (): never =>
      refuseAt(layer.coreLocation, `where the width of ${layer.path} comes from is not certain.`);
    if (width === undefined) return refuse();
    if (old.kind === 'known' && size?.kind === 'known' && equals(old.value, size.value) === 'yes') return [];
    const given = argumentsOf(core, text);
    const argument =
      given.find((one) => one.name === name) ?? given.filter(({ form }) => form === 'positional')[position];
    const edits = argument === undefined ? null : settingTo(analysis, argument.value, String(width));
    const states = applicationsOf(draft, layer).flatMap(({ location }) => {
      const call = callAt(tree, location);
      const state = call === null ? null : initialState(call, text);
      return call === null || state === null ? [] : madeStates(call, state, text);
    });
    const oldWidth = old.kind === 'known' ? String(integerOf(old.value)) : '';
    const stateEdits = states.flatMap((maker) => {
      const last = maker === null ? undefined : argumentsOf(maker, text).filter(({ form }) => form === 'positional')[2];
      if (last === undefined || textOf(text, last.value) !== oldWidth) return [];
      return [{ from: last.from, to: last.to, insert: String(width) }];
    });
    return [...(edits ?? refuse()), ...stateEdits];
  });
}
