/** The server's settings, asked of the client for each resource and kept until the client says that they changed. */
import { type Connection, DidChangeConfigurationNotification } from 'vscode-languageserver/node';

export interface ResourceSettings {
  readonly inlayHints: boolean;
  readonly codeLens: boolean;
}

const defaults: ResourceSettings = { inlayHints: true, codeLens: true };

export class Settings {
  private readonly byResource = new Map<string, Promise<ResourceSettings>>();
  private readonly listeners: (() => void)[] = [];

  constructor(
    private readonly connection: Connection,
    private readonly canAsk: () => boolean,
  ) {
    connection.onDidChangeConfiguration(() => {
      this.byResource.clear();
      for (const listener of this.listeners) listener();
    });
  }

  /** Asks to be told of changes, where the client wants to be asked. */
  watch(dynamicRegistration: boolean): void {
    if (dynamicRegistration) {
      void this.connection.client.register(DidChangeConfigurationNotification.type, { section: 'unroll' });
    }
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  forget(uri: string): void {
    this.byResource.delete(uri);
  }

  of(uri: string): Promise<ResourceSettings> {
    const held = this.byResource.get(uri);
    if (held !== undefined) return held;
    const asked = this.ask(uri);
    this.byResource.set(uri, asked);
    return asked;
  }

  private async ask(uri: string): Promise<ResourceSettings> {
    if (!this.canAsk()) return defaults;
    const answer: unknown = await this.connection.workspace.getConfiguration({ scopeUri: uri, section: 'unroll' });
    return {
      inlayHints: isEnabled(answer, 'inlayHints') ?? defaults.inlayHints,
      codeLens: isEnabled(answer, 'codeLens') ?? defaults.codeLens,
    };
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
