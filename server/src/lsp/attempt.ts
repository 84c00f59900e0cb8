/** Requests that the server makes of the client: one that is refused is logged and costs nothing else. */

/** An unhandled rejection would end the process, and with it every answer that does not depend on the request. */
export function attempt(log: (message: string) => void, what: string, request: Promise<unknown>): void {
  request.catch((error: unknown) => log(`${what} failed: ${error instanceof Error ? error.message : String(error)}`));
}
