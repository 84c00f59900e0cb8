/** The controls above the charts: x axis, logarithmic scales, smoothing. */
import { html, type TemplateResult } from 'lit';
import type { ChartSettings } from './settings';

/** The last position of the slider; a weight of 1 would never leave the first value. */
const mostSmoothing = 0.98;

export function toolbarView(settings: ChartSettings, change: (settings: ChartSettings) => void): TemplateResult {
  const xAxisRadio = (value: ChartSettings['xAxis'], label: string): TemplateResult => html`
    <vscode-radio
      name="x-axis"
      value=${value}
      label=${label}
      .checked=${settings.xAxis === value}
      @change=${() => change({ ...settings, xAxis: value })}
    ></vscode-radio>
  `;
  return html`
    <div class="toolbar" role="group" aria-label="Charts">
      <div class="control">
        <span id="x-axis-label">X axis</span>
        <vscode-radio-group aria-labelledby="x-axis-label">
          ${xAxisRadio('step', 'Step')} ${xAxisRadio('time', 'Time')}
        </vscode-radio-group>
      </div>
      <div class="control">
        <vscode-checkbox
          label="Logarithmic loss"
          .checked=${settings.logarithmicLoss}
          @change=${() => change({ ...settings, logarithmicLoss: !settings.logarithmicLoss })}
        ></vscode-checkbox>
        <vscode-checkbox
          label="Logarithmic x"
          .checked=${settings.logarithmicX}
          @change=${() => change({ ...settings, logarithmicX: !settings.logarithmicX })}
        ></vscode-checkbox>
      </div>
      <div class="control">
        <label for="smoothing">Smoothing</label>
        <input
          id="smoothing"
          type="range"
          min="0"
          max=${mostSmoothing}
          step="0.02"
          .valueAsNumber=${settings.smoothing}
          aria-valuetext=${smoothingText(settings.smoothing)}
          @input=${(event: InputEvent) => {
            if (event.currentTarget instanceof HTMLInputElement) {
              change({ ...settings, smoothing: event.currentTarget.valueAsNumber });
            }
          }}
        />
        <output for="smoothing">${smoothingText(settings.smoothing)}</output>
      </div>
    </div>
  `;
}

function smoothingText(smoothing: number): string {
  return smoothing === 0 ? 'Off' : smoothing.toFixed(2);
}
