/**
 * The server's settings: asked of the client for each resource and kept until it says that they changed, or, of a client
 * that cannot be asked, what it told with `initializationOptions` and with its last `didChangeConfiguration`.
 */
import {
  type Connection,
  DidChangeConfigurationNotification,
  MessageType,
  ShowMessageNotification,
} from 'vscode-languageserver/node';
import type { RecommendationChoices } from '../../../protocol/recommendation';
import { budgetsOfSetting } from '../advice/budgets';
import { ownLevels, type RuleLevels, ruleLevelsOfSetting } from '../advice/ruleLevels';
import { type SuppliedSize, sizesOfSetting } from '../syntax/suppliedSizes';
import { attempt } from './attempt';

export interface ResourceSettings {
  readonly inlayHints: boolean;
  readonly codeLens: boolean;
  /** Sizes that the setting `unroll.sizes` supplies. */
  readonly sizes: readonly SuppliedSize[];
  /** Limits, device and use that the setting `unroll.budgets` gives to recommendations. */
  readonly budgets: Partial<RecommendationChoices>;
  /** Severities of rules that the setting `unroll.rules` chooses. */
  readonly ruleLevels: RuleLevels;
}

const defaults: ResourceSettings = {
  inlayHints: true,
  codeLens: true,
  sizes: [],
  budgets: {},
  ruleLevels: ownLevels,
};

export class Settings {
  private readonly byResource = new Map<string, Promise<ResourceSettings>>();
  private readonly listeners: (() => void)[] = [];
  private told = defaults;
  /** Mistakes in settings that were told since they last changed: each once, however many files they hold for. */
  private readonly mistakes = new Set<string>();

  constructor(
    private readonly connection: Connection,
    private readonly canAsk: () => boolean,
    private readonly log: (message: string) => void,
  ) {
    connection.onDidChangeConfiguration(({ settings }) => {
      this.mistakes.clear();
      this.tell(settings);
      for (const listener of this.listeners) listener();
    });
  }

  /** Takes over what the client says of its own accord; what it leaves out stays as it is. */
  tell(settings: unknown): void {
    this.told = this.settingsIn(property(settings, 'unroll') ?? settings, this.told);
    this.byResource.clear();
  }

  /** Asks to be told of changes, where the client wants to be asked. */
  watch(dynamicRegistration: boolean): void {
    if (!dynamicRegistration) return;
    const registered = this.connection.client.register(DidChangeConfigurationNotification.type, { section: 'unroll' });
    attempt(this.log, 'Watching the settings', registered);
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  forget(uri: string): void {
    this.byResource.delete(uri);
  }

  /** Never fails: what the client does not answer is as it was told, or as it is by default, and is asked again next time. */
  of(uri: string): Promise<ResourceSettings> {
    if (!this.canAsk()) return Promise.resolve(this.told);
    const held = this.byResource.get(uri);
    if (held !== undefined) return held;
    const asked = this.ask(uri).catch((error: unknown) => {
      if (this.byResource.get(uri) === asked) this.byResource.delete(uri);
      this.log(`Asking for the settings failed: ${error instanceof Error ? error.message : String(error)}`);
      return this.told;
    });
    this.byResource.set(uri, asked);
    return asked;
  }

  private async ask(uri: string): Promise<ResourceSettings> {
    const answer: unknown = await this.connection.workspace.getConfiguration({ scopeUri: uri, section: 'unroll' });
    return this.settingsIn(answer, defaults);
  }

  /** What the section says, and of what it leaves out the `base`. */
  private settingsIn(section: unknown, base: ResourceSettings): ResourceSettings {
    const saidOfSizes = property(section, 'sizes');
    const sizes = sizesOfSetting(saidOfSizes);
    const saidOfRules = property(section, 'rules');
    const rules = ruleLevelsOfSetting(saidOfRules);
    const saidOfBudgets = property(section, 'budgets');
    const budgets = budgetsOfSetting(saidOfBudgets);
    for (const mistake of [...sizes.mistakes, ...budgets.mistakes, ...rules.mistakes]) this.warn(mistake);
    return {
      inlayHints: isEnabled(section, 'inlayHints') ?? base.inlayHints,
      codeLens: isEnabled(section, 'codeLens') ?? base.codeLens,
      sizes: saidOfSizes === undefined ? base.sizes : sizes.sizes,
      budgets: saidOfBudgets === undefined ? base.budgets : budgets.budgets,
      ruleLevels: saidOfRules === undefined ? base.ruleLevels : rules.levels,
    };
  }

  private warn(mistake: string): void {
    if (this.mistakes.has(mistake)) return;
    this.mistakes.add(mistake);
    attempt(
      this.log,
      'Showing a mistake in the settings',
      this.connection.sendNotification(ShowMessageNotification.type, {
        type: MessageType.Warning,
        message: mistake,
      }),
    );
  }
}

/** `{ inlayHints: { enabled: false } }` as clients nest dotted settings. */
function isEnabled(section: unknown, name: string): boolean | undefined {
  const group = property(section, name);
  const enabled = property(group, 'enabled');
  return typeof enabled === 'boolean' ? enabled : undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
