/** The table of variants: progress and figures while they train, the order of merit and "Apply to code" afterwards. */
import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { FromPreview } from '../../../protocol/panel';
import type { Variant } from '../../../protocol/trainer';
import { formatCount, formatDuration, formatImprovement, formatLoss, formatRate, noValue } from '../common/format';
import { variantLabel } from '../common/variants';
import { improvementOverBaseline, rankedRuns, runRemark, secondsLeft } from './figures';
import type { ChartSettings } from './settings';
import type { PreviewState, VariantRun } from './state';

export interface VariantTableActions {
  readonly post: (message: FromPreview) => void;
  readonly toggleVisibility: (variant: Variant) => void;
}

/** Explicit roles: in a narrow panel the rows are laid out as cards, and `display` would take their meaning away. */
export function variantTableView(
  state: PreviewState,
  settings: ChartSettings,
  actions: VariantTableActions,
): TemplateResult | typeof nothing {
  if (state.runs.length === 0) return nothing;
  const { verdict } = state;
  const metricName = state.data?.metric.name ?? 'metric';
  return html`
    <section class=${verdict === null ? 'variants' : 'variants verdict'}>
      ${
        verdict === null
          ? nothing
          : html`
              <h2>Verdict</h2>
              <p class="statement">
                ${verdict.beatsBaseline === false ? html`<vscode-icon name="warning"></vscode-icon>` : nothing}
                ${verdict.statement}
              </p>
            `
      }
      <table role="table" aria-label=${verdict === null ? 'Variants' : 'Verdict: variants in order of merit'}>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Variant</th>
            <th role="columnheader" scope="col" class="number">Parameters</th>
            <th role="columnheader" scope="col">Steps</th>
            <th role="columnheader" scope="col" class="number">Sequences/s</th>
            <th role="columnheader" scope="col" class="number">Time</th>
            <th role="columnheader" scope="col" class="number">Best held-out loss</th>
            <th role="columnheader" scope="col" class="number">Best ${metricName}</th>
            <th role="columnheader" scope="col" class="number">vs baseline</th>
            ${verdict === null ? nothing : html`<th role="columnheader" scope="col"><span class="unseen">Apply</span></th>`}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${repeat(
            rankedRuns(state),
            (run) => run.cell,
            (run, index) => rowView(run, index + 1, state, settings, actions),
          )}
          ${baselineRowView(state)}
        </tbody>
      </table>
    </section>
  `;
}

function rowView(
  run: VariantRun,
  place: number,
  state: PreviewState,
  settings: ChartSettings,
  { post, toggleVisibility }: VariantTableActions,
): TemplateResult {
  const { cell } = run;
  const label = variantLabel(cell);
  const isHidden = settings.hidden.includes(cell);
  const improvement = improvementOverBaseline(run, state.data);
  const remark = runRemark(run, state.status);
  const device = `${run.backend} on ${run.device}`;
  return html`
    <tr role="row" class="variant-${cell}" data-variant=${cell}>
      <th role="rowheader" scope="row" class="name">
        <button
          class="visibility"
          aria-pressed=${isHidden ? 'false' : 'true'}
          aria-label=${`Show the curves of ${label}`}
          title=${isHidden ? `Show the curves of ${label}` : `Hide the curves of ${label}`}
          @click=${() => toggleVisibility(cell)}
        >
          <span class="swatch"></span>
        </button>
        ${state.verdict === null ? nothing : html`<span class="place">${place}</span>`}
        <span title=${device}>${label}</span>
        ${remark === '' ? nothing : html`<span class="run-remark">${remark}</span>`}
      </th>
      <td role="cell" class="number" data-label="Parameters">${formatCount(run.parameters)}</td>
      <td role="cell" class="steps" data-label="Steps">
        <progress max=${run.plannedSteps} .value=${run.step} aria-label=${`Steps of ${label}`}></progress>
        <span class="number">${formatCount(run.step)} / ${formatCount(run.plannedSteps)}</span>
      </td>
      <td role="cell" class="number" data-label="Sequences/s">${formatRate(run.sequencesPerSecond)}</td>
      <td role="cell" class="number" data-label="Time">${timeView(run, state)}</td>
      <td role="cell" class="number" data-label="Best held-out loss">${formatLoss(run.bestHeldOutLoss)}</td>
      <td role="cell" class="number" data-label=${`Best ${state.data?.metric.name ?? 'metric'}`}>${formatLoss(run.bestMetric)}</td>
      <td
        role="cell"
        class="number ${improvement === null ? '' : improvement > 0 ? 'better' : 'worse'}"
        data-label="vs baseline"
      >
        ${formatImprovement(improvement)}
      </td>
      ${
        state.verdict === null
          ? nothing
          : html`
              <td role="cell" class="action">
                <vscode-button
                  ?secondary=${place > 1}
                  aria-label=${`Apply ${label} to code`}
                  title=${`Change the model in the editor to ${label}`}
                  @click=${() => post({ type: 'apply', cell })}
                >
                  Apply to code
                </vscode-button>
              </td>
            `
      }
    </tr>
  `;
}

function timeView(run: VariantRun, state: PreviewState): string {
  if (run.ended !== null || state.status !== 'running') return formatDuration(run.seconds);
  const left = secondsLeft(run);
  return left === null ? noValue : `${formatDuration(left)} left`;
}

/** The forecast without a model, so that its figures stand under those it is compared with. */
function baselineRowView(state: PreviewState): TemplateResult | typeof nothing {
  const baseline = state.data?.baseline ?? null;
  if (baseline === null) return nothing;
  return html`
    <tr role="row" class="baseline">
      <th role="rowheader" scope="row" class="name">Baseline: ${baseline.name}</th>
      <td role="cell" colspan="4"></td>
      <td role="cell" class="number" data-label="Best held-out loss">${formatLoss(baseline.loss)}</td>
      <td role="cell" class="number" data-label=${`Best ${state.data?.metric.name ?? 'metric'}`}>${formatLoss(baseline.metric)}</td>
      <td role="cell" colspan=${state.verdict === null ? 1 : 2}></td>
    </tr>
  `;
}
