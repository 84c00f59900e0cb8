/** The upper part of the preview: what runs, on which data, how it stands, and what went wrong. */
import { html, nothing, type TemplateResult } from 'lit';
import { formatObstaclePlace } from '../../../protocol/obstaclePlace';
import type { FromPreview } from '../../../protocol/panel';
import type { Obstacle } from '../../../protocol/trainer';
import { formatCount } from '../common/format';
import { variantLabel } from '../common/variants';
import { groupedRemarks, moveSentences, statusLine } from './figures';
import type { DataEvent, PreviewState } from './state';

type Post = (message: FromPreview) => void;

export function summaryView(state: PreviewState, post: Post): TemplateResult {
  return html`
    <header class="page-header">
      <div>
        <h1>${state.modelName}</h1>
        <button class="link" title="Show the model in the editor" @click=${() => post({ type: 'openModel' })}>
          ${state.fileName}
        </button>
        <p class="status">
          <vscode-icon class=${state.status} name=${statusIcon(state)}></vscode-icon><span>${statusLine(state)}</span>
        </p>
      </div>
      ${
        state.status === 'running'
          ? html`<vscode-button icon="debug-stop" secondary @click=${() => post({ type: 'stop' })}>Stop</vscode-button>`
          : html`<vscode-button icon="debug-restart" secondary @click=${() => post({ type: 'again' })}>
              Run again
            </vscode-button>`
      }
    </header>
    ${state.failure === null ? nothing : failureView(state.failure)}
    ${state.obstacles.length === 0 ? nothing : obstaclesView(state.obstacles, post)}
    ${state.data === null ? nothing : dataView(state.data)}
    ${devicesOf(state).map((device) => html`<p class="data">${state.status === 'running' ? 'Trains on' : 'Trained on'} ${device}</p>`)}
    ${moveSentences(state).map(moveView)}
  `;
}

function statusIcon(state: PreviewState): string {
  if (state.obstacles.length > 0) return 'error';
  switch (state.status) {
    case 'running':
      return 'record';
    case 'finished':
      return 'pass';
    case 'stopped':
      return 'debug-stop';
    case 'failed':
      return 'error';
  }
}

/** What variants train or trained on, each device once. */
function devicesOf({ runs }: PreviewState): readonly string[] {
  return [...new Set(runs.map(({ device }) => device))];
}

function moveView(sentence: string): TemplateResult {
  return html`
    <div class="message moved" role="status">
      <vscode-icon name="info"></vscode-icon>
      <p>${sentence}</p>
    </div>
  `;
}

function failureView(failure: string): TemplateResult {
  return html`
    <div class="message error" role="alert">
      <vscode-icon name="error"></vscode-icon>
      <p>${failure}</p>
    </div>
  `;
}

function obstaclesView(obstacles: readonly Obstacle[], post: Post): TemplateResult {
  return html`
    <section class="message error" role="alert">
      <vscode-icon name="error"></vscode-icon>
      <div>
        <h2>This comparison cannot start</h2>
        <ul class="obstacles">
          ${obstacles.map((obstacle) => html`<li>${obstacle.message} ${placeView(obstacle, post)}</li>`)}
        </ul>
      </div>
    </section>
  `;
}

function placeView(obstacle: Obstacle, post: Post): TemplateResult | typeof nothing {
  const { file, line, cell } = obstacle;
  if (file === null) return nothing;
  const place = cell === undefined ? { line } : { line, cell };
  const name = file.split(/[/\\]/).at(-1) ?? file;
  return html`
    <button class="link" title=${file} @click=${() => post({ type: 'openLocation', file, ...place })}>
      ${formatObstaclePlace(name, obstacle)}
    </button>
  `;
}

function dataView(data: DataEvent): TemplateResult {
  return html`
    <p class="data">
      ${data.description} · ${formatCount(data.trainingSequences)} training and
      ${formatCount(data.heldOutSequences)} held-out sequences
    </p>
  `;
}

/** How the variants differ from the source, below the charts. */
export function remarksView(state: PreviewState): TemplateResult | typeof nothing {
  const groups = groupedRemarks(state.runs);
  if (groups.length === 0) return nothing;
  return html`
    <section class="remarks">
      <h2>What was trained differs from the source</h2>
      <dl>
        ${groups.map(
          ({ run, remarks }) => html`
            <dt>${run === null ? (state.runs.length > 1 ? 'All variants' : 'The model') : variantLabel(run.cell)}</dt>
            ${remarks.map((remark) => html`<dd>${remark}</dd>`)}
          `,
        )}
      </dl>
    </section>
  `;
}
