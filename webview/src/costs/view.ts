/** The costs of a model as a page: totals, a row and a bar for each layer, memory, architectures side by side, other tools. */
import { html, nothing, type TemplateResult } from 'lit';
import type { CostReport, Figure, LayerRow, RunTime, SizedVariant, ToolRow, VariantRow } from '../../../protocol/costs';
import type { FromCosts } from '../../../protocol/panel';
import { formatCount, formatLargeCount, noValue } from '../common/format';
import {
  figureOf,
  lengths,
  type Measure,
  measureLabels,
  measures,
  shares,
  shortFigure,
  shortValue,
  variantValue,
} from './measures';

export interface CostsActions {
  readonly post: (message: FromCosts) => void;
  readonly measureBy: (measure: Measure) => void;
}

export function costsView(report: CostReport, measure: Measure, actions: CostsActions): TemplateResult {
  return html`
    <main>
      <header class="page-header">
        <div>
          <h1>${report.modelName}</h1>
          <button class="link" @click=${() => actions.post({ type: 'openModel' })}>Show in the editor</button>
        </div>
        <vscode-button icon="copy" @click=${() => actions.post({ type: 'copy' })}>Copy as Markdown</vscode-button>
      </header>
      ${totalsView(report)}
      ${controlsView(report, measure, actions)}
      ${layersView(report, measure)}
      ${report.remarks.map((remark) => html`<p class="remark">${remark}</p>`)}
      ${memoryView(report)}
      ${timesView(report)}
      ${variantsView(report.variants, measure)}
      ${toolsView(report.tools)}
    </main>
  `;
}

function totalsView({ total, framework }: CostReport): TemplateResult {
  const figures: readonly (readonly [string, string, string])[] = [
    ['Parameters', shortFigure(total.parameters, 'count'), total.parameters.because],
    ...(total.trainable.text === total.parameters.text
      ? []
      : [['Trained', shortFigure(total.trainable, 'count'), total.trainable.because] as const]),
    ['MACs per sequence', shortFigure(total.macs, 'count'), total.macs.because],
    ['FLOP per sequence', shortFigure(total.flops, 'large'), 'two per multiply-add'],
    ['MACs per step', shortFigure(total.macsPerStep, 'count'), total.macsPerStep.because],
    ['Steps one after another', shortFigure(total.sequentialDepth, 'count'), total.sequentialDepth.because],
    ['Framework', framework, ''],
  ];
  return html`
    <dl class="totals">
      ${figures.map(([name, value, title]) => html`<div title=${title}><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>
  `;
}

function controlsView(report: CostReport, measure: Measure, { post, measureBy }: CostsActions): TemplateResult {
  const { givenLength, truncate, lengthIsOpen } = report;
  const count = (changes: Partial<Extract<FromCosts, { type: 'count' }>>): void =>
    post({ type: 'count', sequenceLength: givenLength, truncate, ...changes });
  return html`
    <div class="controls" role="group" aria-label="What is shown">
      <div class="control">
        <span id="measure-label">Bars</span>
        <vscode-radio-group aria-labelledby="measure-label">
          ${measures.map(
            (each) => html`
              <vscode-radio
                name="measure"
                value=${each}
                label=${measureLabels[each]}
                .checked=${measure === each}
                @change=${() => measureBy(each)}
              ></vscode-radio>
            `,
          )}
        </vscode-radio-group>
      </div>
      ${
        lengthIsOpen
          ? stepsField('length', 'Sequence length', 'open', givenLength, (sequenceLength) => count({ sequenceLength }))
          : nothing
      }
      ${stepsField('truncate', 'Truncate backpropagation after', 'never', truncate, (steps) => count({ truncate: steps }))}
    </div>
  `;
}

/** A number of steps, or nothing. */
function stepsField(
  id: string,
  label: string,
  placeholder: string,
  value: number | null,
  change: (steps: number | null) => void,
): TemplateResult {
  return html`
    <div class="control">
      <label for=${id}>${label}</label>
      <input
        id=${id}
        type="number"
        min="1"
        max="1000000"
        step="1"
        placeholder=${placeholder}
        .value=${value === null ? '' : String(value)}
        @change=${(event: Event) => {
          const field = event.currentTarget;
          if (field instanceof HTMLInputElement && field.checkValidity()) {
            change(field.value === '' ? null : field.valueAsNumber);
          }
        }}
      />
      <span>steps</span>
    </div>
  `;
}

function layersView(report: CostReport, measure: Measure): TemplateResult {
  const { layers, functions, total } = report;
  const values = layers.map((row) => figureOf(row, measure).value);
  const bars = lengths(values);
  const parts = shares(values);
  return html`
    <table role="table" aria-label="Layers">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Layer</th>
          <th role="columnheader" scope="col">Output</th>
          <th role="columnheader" scope="col" class="number">Parameters</th>
          <th role="columnheader" scope="col" class="number">MACs / sequence</th>
          <th role="columnheader" scope="col" class="number">MACs / step</th>
          <th role="columnheader" scope="col" class="number" title="Kept for backpropagation, per sequence">Memory to train</th>
          <th role="columnheader" scope="col" class="share">${measureLabels[measure]}</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${layers.map((row, index) => layerView(row, bars[index] ?? null, parts[index] ?? null))}
        ${functions.map(
          ({ name, place, macs }) => html`
            <tr role="row">
              <th role="rowheader" scope="row" class="name"><span class="path">${name}</span> <span class="type">function, ${place}</span></th>
              <td role="cell"></td>
              <td role="cell"></td>
              ${figureCell(macs, 'count', 'MACs / sequence')}
              <td role="cell" colspan="3"></td>
            </tr>
          `,
        )}
      </tbody>
      <tfoot role="rowgroup">
        <tr role="row" class="total">
          <th role="rowheader" scope="row" class="name">Total</th>
          <td role="cell"></td>
          ${figureCell(total.parameters, 'count', 'Parameters')} ${figureCell(total.macs, 'count', 'MACs / sequence')}
          ${figureCell(total.macsPerStep, 'count', 'MACs / step')}
          ${figureCell(total.trainingMemory, 'bytes', 'Memory to train')}
          <td role="cell"></td>
        </tr>
      </tfoot>
    </table>
  `;
}

function layerView(row: LayerRow, length: number | null, share: number | null): TemplateResult {
  const tensors = row.tensors.map(
    ({ name, shape, parameters, trainable }) =>
      `${name} ${shape}: ${parameters.text}${trainable === false ? ', not trained' : ''}`,
  );
  return html`
    <tr role="row" class=${row.cell === null ? '' : `variant-${row.cell}`} data-layer=${row.path}>
      <th role="rowheader" scope="row" class="name" title=${[row.place, ...tensors].join('\n')}>
        <span class="path">${row.path}</span> <span class="type">${row.type}</span>
        ${row.order === '' ? nothing : html`<span class="order">${row.order}</span>`}
      </th>
      <td role="cell" data-label="Output">${row.output ?? ''}</td>
      ${figureCell(row.parameters, 'count', 'Parameters')} ${figureCell(row.macs, 'count', 'MACs / sequence')}
      ${figureCell(row.macsPerStep, 'count', 'MACs / step')} ${figureCell(row.trainingMemory, 'bytes', 'Memory to train')}
      <td role="cell" class="share">${barView(length, share === null ? '' : `${Math.round(100 * share)}%`)}</td>
    </tr>
  `;
}

/** A bar as long as its part of the longest. A `meter` needs no style of its own, and is read aloud. */
function barView(length: number | null, label: string): TemplateResult | typeof nothing {
  if (length === null) return nothing;
  return html`<meter min="0" max="1" .value=${length} aria-label=${label}></meter><span class="number">${label}</span>`;
}

function figureCell(figure: Figure, unit: 'count' | 'bytes', label: string): TemplateResult {
  const why = [figure.formula, figure.because].filter((part) => part !== '').join('\n');
  const grade = figure.grade === 'estimated' || figure.grade === 'unknown' ? ` ${figure.grade}` : '';
  return html`<td role="cell" class=${`number${grade}`} data-label=${label} title=${why}>${shortFigure(figure, unit)}</td>`;
}

function memoryView({ weights, gradients, optimisers, total, truncate }: CostReport): TemplateResult {
  const kept = truncate === null ? 'Activations to train' : `Activations to train, ${formatCount(truncate)} steps`;
  const rows: readonly (readonly [string, Figure])[] = [
    ...weights.map(({ format, bytes }) => [`Weights, ${format}`, bytes] as const),
    ['Activations to run', total.inferenceMemory],
    [kept, total.trainingMemory],
    ['Gradients', gradients],
    ...optimisers.map(({ label, bytes }) => [`State of ${label}`, bytes] as const),
  ];
  return html`
    <section>
      <h2>Memory</h2>
      <p class="note">Activations are for one sequence and estimated; the rest is for the model.</p>
      <dl class="memory">
        ${rows.map(
          ([name, figure]) =>
            html`<div title=${figure.because}><dt>${name}</dt><dd class="number">${shortFigure(figure, 'bytes')}</dd></div>`,
        )}
      </dl>
    </section>
  `;
}

function timesView({ times, lengthIsOpen, givenLength }: CostReport): TemplateResult | typeof nothing {
  const [first] = times;
  if (first === undefined) return nothing;
  return html`
    <section>
      <h2>Time</h2>
      <p class="note">
        Estimated; the interval in brackets is where it is expected to
        be.${lengthIsOpen && givenLength === null ? ' The length is open: give it above for whole times.' : ''}
      </p>
      <table role="table" aria-label="Predicted times">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Device</th>
            <th role="columnheader" scope="col" class="number">A training step with ${first.training.batch} sequences</th>
            <th role="columnheader" scope="col" class="number">An answer to one sequence</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${times.map(
            ({ device, deviceLabel, software, training, inference }) => html`
              <tr role="row" data-device=${device}>
                <th role="rowheader" scope="row" class="name" title=${software}>${deviceLabel}</th>
                ${timeCell(training, 'A training step')} ${timeCell(inference, 'An answer')}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </section>
  `;
}

function timeCell({ text, because, perStep }: RunTime, label: string): TemplateResult {
  const grade = text === null ? 'unknown' : 'estimated';
  return html`<td role="cell" class=${`number ${grade}`} data-label=${label} title=${perStep?.because ?? because}>${text ?? noValue}</td>`;
}

function variantsView(rows: readonly VariantRow[], measure: Measure): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  const barsOf = (pick: (row: VariantRow) => SizedVariant | null): readonly (number | null)[] =>
    lengths(rows.map((row) => variantValue(pick(row), measure)));
  const atWidth = barsOf((row) => row.atWidth);
  const atBudget = barsOf((row) => row.atBudget);
  return html`
    <section>
      <h2>Side by side</h2>
      <p class="note">
        The same model with another recurrent part: as wide as it is, and as wide as its parameters allow.
      </p>
      <table role="table" aria-label="Architectures side by side">
        <thead role="rowgroup">
          <tr role="row">
            <td role="cell"></td>
            <th role="columnheader" scope="colgroup" colspan="4" class="group">At equal width</th>
            <th role="columnheader" scope="colgroup" colspan="4" class="group">At equal parameters</th>
          </tr>
          <tr role="row">
            <th role="columnheader" scope="col">Architecture</th>
            ${[1, 2].map(
              () => html`
                <th role="columnheader" scope="col" class="number">Width</th>
                <th role="columnheader" scope="col" class="number">Parameters</th>
                <th role="columnheader" scope="col" class="number">MACs</th>
                <th role="columnheader" scope="col" class="share">${measureLabels[measure]}</th>
              `,
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${rows.map(
            (row, index) => html`
              <tr role="row" class="variant-${row.architecture}" data-variant=${row.architecture}>
                <th role="rowheader" scope="row" class="name">
                  ${row.label} ${row.isCurrent ? html`<vscode-badge>in the file</vscode-badge>` : nothing}
                </th>
                ${variantCells(row.atWidth, atWidth[index] ?? null, measure, 'Width')}
                ${variantCells(row.atBudget, atBudget[index] ?? null, measure, 'Equal parameters: width')}
              </tr>
            `,
          )}
        </tbody>
      </table>
    </section>
  `;
}

function variantCells(
  variant: SizedVariant | null,
  length: number | null,
  measure: Measure,
  widthLabel: string,
): TemplateResult {
  const value = variantValue(variant, measure);
  const unit = measure === 'parameters' ? 'count' : measure === 'macs' ? 'large' : 'bytes';
  return html`
    <td role="cell" class="number" data-label=${widthLabel}>${formatCount(variant?.width ?? null)}</td>
    <td role="cell" class="number" data-label="Parameters">${formatCount(variant?.parameters ?? null)}</td>
    <td role="cell" class="number" data-label="MACs" title=${formatCount(variant?.macs ?? null)}>
      ${formatLargeCount(variant?.macs ?? null)}
    </td>
    <td role="cell" class="share">${barView(value === null ? null : length, measure === 'memory' ? shortValue(value, unit) : '')}</td>
  `;
}

function toolsView(tools: readonly ToolRow[]): TemplateResult | typeof nothing {
  if (tools.length === 0) return nothing;
  return html`
    <details>
      <summary>As counted by other tools, the recurrent layers for one sequence</summary>
      <table role="table" aria-label="Counts of other tools">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Tool</th>
            <th role="columnheader" scope="col" class="number">Count</th>
            <th role="columnheader" scope="col">Unit</th>
            <th role="columnheader" scope="col">Remark</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${tools.map(
            ({ label, count, unit, rule, fault }) => html`
              <tr role="row" title=${rule}>
                <th role="rowheader" scope="row">${label}</th>
                <td role="cell" class="number" data-label="Count">${shortFigure(count, 'count')}</td>
                <td role="cell" data-label="Unit">${unit}</td>
                <td role="cell" class="fault" data-label="Remark">${fault ?? 'the work of the products'}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </details>
  `;
}
