/** Warnings of Dawn are told from what people should read. */
import { expect, test } from 'vitest';
import { messageFilter } from './trainerMessages';

test.each([
  {
    name: 'a warning with its place',
    lines: [
      'Warning: vkCreateInstance failed with VK_ERROR_INCOMPATIBLE_DRIVER',
      '    at CheckVkSuccessImpl (/dawn/src/dawn/native/vulkan/VulkanError.cpp:106)',
      '',
      'unroll trainer: not a request: {}',
    ],
    shown: ['unroll trainer: not a request: {}'],
  },
  {
    name: 'an error of this program',
    lines: [
      'unroll trainer: Error: broken',
      '    at train (/unroll/dist/trainer.js:1:1)',
      '',
      '(node:1) Warning: late',
    ],
    shown: [
      'unroll trainer: Error: broken',
      '    at train (/unroll/dist/trainer.js:1:1)',
      '',
      '(node:1) Warning: late',
    ],
  },
])('$name', ({ lines, shown }) => {
  expect(lines.filter(messageFilter())).toEqual(shown);
});
