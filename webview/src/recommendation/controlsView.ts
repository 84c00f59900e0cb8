/** What a person can say for the ranking: sliders for the budgets, the device, and what the sequences are like. */
import { html, type TemplateResult } from 'lit';
import {
  type BudgetRange,
  isTaskKind,
  type Recommendation,
  type RecommendationChoices,
  taskKinds,
} from '../../../protocol/recommendation';
import { formatBytes, formatCount } from '../common/format';
import { limitAt, noLimit, positionOf } from './budgetScale';

export type Choose = (changes: Partial<RecommendationChoices>) => void;

export function controlsView(
  { ranges, devices, inputs }: Recommendation,
  choices: RecommendationChoices,
  choose: Choose,
): TemplateResult {
  const isStreaming = choices.streaming ?? inputs.streaming;
  return html`
    <div class="controls" role="group" aria-label="Budgets and data">
      ${sliderView('parameters', 'Parameters', ranges.parameters, choices.maxParameters, {
        text: (limit) => `at most ${formatCount(limit)}`,
        whole: true,
        choose: (maxParameters) => choose({ maxParameters }),
      })}
      ${sliderView('memory', 'Memory of weights', ranges.memoryMegabytes, choices.maxMemoryMegabytes, {
        text: (limit) => `at most ${formatBytes(limit * 1024 * 1024)}`,
        whole: false,
        choose: (maxMemoryMegabytes) => choose({ maxMemoryMegabytes }),
      })}
      ${sliderView(
        'latency',
        isStreaming ? 'Time of a step' : 'Time of an answer',
        choices.device === null ? null : ranges.latencyMs,
        choices.maxLatencyMs,
        {
          text: (limit) => `at most ${limit} ms`,
          missing: choices.device === null ? 'choose a device' : 'not predicted',
          whole: false,
          choose: (maxLatencyMs) => choose({ maxLatencyMs }),
        },
      )}
      <div class="control">
        <label for="device">Device</label>
        <select
          id="device"
          @change=${(event: Event) => {
            const device = chosenIn(event) || null;
            // A limit on the time means nothing without a device.
            choose(device === null ? { device, maxLatencyMs: null } : { device });
          }}
        >
          <option value="" .selected=${choices.device === null}>any</option>
          ${devices.map(
            ({ id, label }) => html`<option value=${id} .selected=${choices.device === id}>${label}</option>`,
          )}
        </select>
      </div>
      <div class="control">
        <label for="task">Task</label>
        <select
          id="task"
          @change=${(event: Event) => {
            const task = chosenIn(event);
            choose({ task: isTaskKind(task) ? task : null });
          }}
        >
          <option value="" .selected=${choices.task === null}>
            ${choices.task === null ? `${inputs.task} (from the file)` : 'from the file'}
          </option>
          ${taskKinds
            .filter((kind) => kind !== 'unknown')
            .map((kind) => html`<option value=${kind} .selected=${choices.task === kind}>${kind}</option>`)}
        </select>
      </div>
      ${numberField('length', 'Sequence length', inputs.sequenceLength, choices.sequenceLength, (sequenceLength) => choose({ sequenceLength }))}
      ${numberField('sequences', 'Training sequences', inputs.sequences, choices.sequences, (sequences) => choose({ sequences }))}
      <div class="control">
        <vscode-checkbox
          label="Streaming: answer at each step"
          title=${inputs.streamingSource}
          .checked=${isStreaming}
          @change=${() => choose({ streaming: !isStreaming })}
        ></vscode-checkbox>
      </div>
    </div>
  `;
}

interface Slider {
  readonly text: (limit: number) => string;
  /** What stands in place of the limit where there is nothing to slide; "not known" unless said. */
  readonly missing?: string;
  readonly whole: boolean;
  readonly choose: (limit: number | null) => void;
}

function sliderView(
  id: string,
  label: string,
  range: BudgetRange | null,
  limit: number | null,
  { text, missing = 'not known', whole, choose }: Slider,
): TemplateResult {
  const shown = range === null ? missing : limit === null ? 'no limit' : text(limit);
  return html`
    <div class="control slider">
      <label for=${id}>${label}</label>
      <input
        id=${id}
        type="range"
        min="0"
        max=${noLimit}
        step="1"
        ?disabled=${range === null}
        .value=${String(range === null ? noLimit : positionOf(limit, range))}
        aria-valuetext=${shown}
        @input=${(event: Event) => {
          const field = event.currentTarget;
          if (range !== null && field instanceof HTMLInputElement) choose(limitAt(field.valueAsNumber, range, whole));
        }}
      />
      <output for=${id}>${shown}</output>
    </div>
  `;
}

/** A whole number above zero; empty leaves it to the file, whose own number is the placeholder. */
function numberField(
  id: string,
  label: string,
  found: number | null,
  said: number | null,
  change: (value: number | null) => void,
): TemplateResult {
  return html`
    <div class="control">
      <label for=${id}>${label}</label>
      <input
        id=${id}
        type="number"
        min="1"
        max="1000000000"
        step="1"
        placeholder=${found === null ? 'unknown' : String(found)}
        .value=${said === null ? '' : String(said)}
        @change=${(event: Event) => {
          const field = event.currentTarget;
          if (field instanceof HTMLInputElement && field.checkValidity()) {
            change(field.value === '' ? null : field.valueAsNumber);
          }
        }}
      />
    </div>
  `;
}

function chosenIn({ currentTarget }: Event): string {
  return currentTarget instanceof HTMLSelectElement ? currentTarget.value : '';
}
