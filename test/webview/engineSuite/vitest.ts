/** What tests import as `vitest`, for those that run in a browser: its own runner and matchers, without its server. */
import {
  type ExpectStatic,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import { expect as chaiExpect, use } from 'chai';

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from '@vitest/runner';

use(JestExtend);
use(JestChaiExpect);
use(JestAsymmetricMatchers);

/** The plug-ins above have made it so. */
export const expect = chaiExpect as ExpectStatic;

Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect });
setState({ assertionCalls: 0 }, expect);

/** What a test file asks of it is how the runner is set up anyway. */
export const vi = { setConfig: () => {} };
